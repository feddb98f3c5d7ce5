"""Hong Kong names: traditional form, simplified form, and romanisation as the government writes it.

Each entry is traditional/simplified/romanised. The romanisation is by ear and by custom, not by rule, so it
is a table.
"""

from __future__ import annotations

from typing import NamedTuple


class Syllable(NamedTuple):
    """One surname or one given-name character."""

    hant: str
    hans: str
    roman: str


def _table(text: str) -> tuple[Syllable, ...]:
    return tuple(Syllable(*entry.split("/")) for entry in text.split())


SURNAMES = _table("""
陳/陈/Chan 黃/黄/Wong 李/李/Lee 張/张/Cheung 梁/梁/Leung 林/林/Lam 吳/吴/Ng 劉/刘/Lau 何/何/Ho
楊/杨/Yeung 王/王/Wong 鄭/郑/Cheng 蔡/蔡/Choi 謝/谢/Tse 馮/冯/Fung 曾/曾/Tsang 周/周/Chow 葉/叶/Yip
蘇/苏/So 朱/朱/Chu 徐/徐/Tsui 許/许/Hui 鍾/钟/Chung 盧/卢/Lo 郭/郭/Kwok 羅/罗/Law 鄧/邓/Tang 馬/马/Ma
方/方/Fong 潘/潘/Poon 余/余/Yu 呂/吕/Lui 趙/赵/Chiu 江/江/Kong 關/关/Kwan 譚/谭/Tam 黎/黎/Lai 袁/袁/Yuen
彭/彭/Pang 胡/胡/Wu 蕭/萧/Siu 高/高/Ko 唐/唐/Tong 湯/汤/Tong 簡/简/Kan 莫/莫/Mok 溫/温/Wan 麥/麦/Mak
杜/杜/To 姚/姚/Yiu 廖/廖/Liu 崔/崔/Chui 孫/孙/Suen 沈/沈/Shum 范/范/Fan 伍/伍/Ng 施/施/Sze 區/区/Au
尹/尹/Wan 霍/霍/Fok 韋/韦/Wai 阮/阮/Yuen 游/游/Yau 文/文/Man 侯/侯/Hau 石/石/Shek 龍/龙/Lung 葛/葛/Kot
甄/甄/Yan 冼/冼/Sin 岑/岑/Shum 傅/傅/Fu 戴/戴/Tai 駱/骆/Lok 邱/邱/Yau 邵/邵/Siu 連/连/Lin 柯/柯/Or
凌/凌/Ling 丁/丁/Ting 賴/赖/Lai 古/古/Koo 顏/颜/Ngan 龔/龚/Kung 歐陽/欧阳/Au-Yeung 司徒/司徒/Szeto
""")

# The commonest ten cover about half of the population; the draw leans on them.
COMMON_SURNAMES = SURNAMES[:10]

MALE = _table("""
大/大/Tai 偉/伟/Wai 明/明/Ming 強/强/Keung 志/志/Chi 文/文/Man 國/国/Kwok 家/家/Ka 俊/俊/Chun 傑/杰/Kit
豪/豪/Ho 輝/辉/Fai 華/华/Wah 榮/荣/Wing 威/威/Wai 健/健/Kin 雄/雄/Hung 德/德/Tak 光/光/Kwong 成/成/Shing
建/建/Kin 永/永/Wing 浩/浩/Ho 宇/宇/Yu 軒/轩/Hin 鋒/锋/Fung 龍/龙/Lung 賢/贤/Yin 斌/斌/Pan 康/康/Hong
勇/勇/Yung 剛/刚/Kong 平/平/Ping 富/富/Fu 貴/贵/Kwai 福/福/Fuk 祥/祥/Cheung 發/发/Fat 添/添/Tim
財/财/Choi 錦/锦/Kam 棠/棠/Tong 根/根/Kan 生/生/Sang 洪/洪/Hung 源/源/Yuen 基/基/Kei 業/业/Yip
銘/铭/Ming 耀/耀/Yiu 鴻/鸿/Hung 振/振/Chun 東/东/Tung 漢/汉/Hon 啟/启/Kai 仁/仁/Yan 義/义/Yi 信/信/Shun
誠/诚/Shing 樂/乐/Lok 朗/朗/Long 謙/谦/Him 諾/诺/Nok 恆/恒/Hang 達/达/Tat 柏/柏/Pak 松/松/Chung
森/森/Sum 海/海/Hoi 山/山/Shan 川/川/Chuen 亮/亮/Leung 堅/坚/Kin 彬/彬/Pan 凱/凯/Hoi 旭/旭/Yuk
昌/昌/Cheong 權/权/Kuen 炳/炳/Ping 炎/炎/Yim 焯/焯/Cheuk 楷/楷/Kai 梓/梓/Tsz 子/子/Tsz 澤/泽/Chak
熙/熙/Hei 睿/睿/Yui 卓/卓/Cheuk 承/承/Shing 佑/佑/Yau 鈞/钧/Kwan 培/培/Pui 駿/骏/Chun 鵬/鹏/Pang
""")

FEMALE = _table("""
小/小/Siu 美/美/Mei 玲/玲/Ling 麗/丽/Lai 芳/芳/Fong 英/英/Ying 珍/珍/Chun 惠/惠/Wai 玉/玉/Yuk 蘭/兰/Lan
鳳/凤/Fung 娟/娟/Kuen 嫻/娴/Han 儀/仪/Yee 敏/敏/Man 慧/慧/Wai 雯/雯/Man 婷/婷/Ting 琪/琪/Ki 欣/欣/Yan
怡/怡/Yee 嘉/嘉/Ka 雅/雅/Nga 詩/诗/Sze 詠/咏/Wing 穎/颖/Wing 琳/琳/Lam 瑩/莹/Ying 瑤/瑶/Yiu 珊/珊/Shan
燕/燕/Yin 霞/霞/Ha 梅/梅/Mui 蓮/莲/Lin 菊/菊/Kuk 桃/桃/To 秀/秀/Sau 淑/淑/Shuk 靜/静/Ching 婉/婉/Yuen
好/好/Ho 愛/爱/Oi 蓉/蓉/Yung 珠/珠/Chu 金/金/Kam 銀/银/Ngan 月/月/Yuet 雪/雪/Suet 冰/冰/Bing 心/心/Sum
思/思/Sze 恩/恩/Yan 晴/晴/Ching 彤/彤/Tung 悅/悦/Yuet 倩/倩/Sin 妍/妍/Yin 芷/芷/Tsz 若/若/Yeuk
翠/翠/Chui 碧/碧/Pik 綺/绮/Yee 媚/媚/Mei 嬌/娇/Kiu 妙/妙/Miu 紅/红/Hung 素/素/So 貞/贞/Ching 鈴/铃/Ling
寶/宝/Po 瓊/琼/King 蕙/蕙/Wai 薇/薇/Mei 蓓/蓓/Pui 曼/曼/Man 琴/琴/Kam 少/少/Siu 桂/桂/Kwai
""")

TO_HANT = {entry.hans: entry.hant for entry in (*SURNAMES, *MALE, *FEMALE)}


def to_hant(hans: str) -> str:
    """Traditional form of a simplified name, character by character; unknown characters stay as they are."""
    return "".join(TO_HANT.get(character, character) for character in hans)
