"""Hong Kong estates and streets: Chinese, English, district in Chinese, district in English."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A housing estate or a street, and the district that follows it in an address."""

    zh: str
    en: str
    district_zh: str
    district_en: str


def _table(text: str) -> tuple[Place, ...]:
    return tuple(Place(*line.split("|")) for line in text.strip().splitlines())


ESTATES = _table("""
美孚新邨|Mei Foo Sun Chuen|九龍荔枝角|Lai Chi Kok, Kowloon
太古城|Taikoo Shing|香港鰂魚涌|Quarry Bay, Hong Kong
沙田第一城|City One Shatin|新界沙田|Sha Tin, N.T.
彩虹邨|Choi Hung Estate|九龍黃大仙|Wong Tai Sin, Kowloon
黃埔花園|Whampoa Garden|九龍紅磡|Hung Hom, Kowloon
杏花邨|Heng Fa Chuen|香港柴灣|Chai Wan, Hong Kong
康怡花園|Kornhill|香港鰂魚涌|Quarry Bay, Hong Kong
嘉湖山莊|Kingswood Villas|新界天水圍|Tin Shui Wai, N.T.
新都城|Metro City|新界將軍澳|Tseung Kwan O, N.T.
華富邨|Wah Fu Estate|香港薄扶林|Pok Fu Lam, Hong Kong
蝴蝶邨|Butterfly Estate|新界屯門|Tuen Mun, N.T.
葵盛西邨|Kwai Shing West Estate|新界葵涌|Kwai Chung, N.T.
慈樂邨|Tsz Lok Estate|九龍慈雲山|Tsz Wan Shan, Kowloon
樂富邨|Lok Fu Estate|九龍黃大仙|Wong Tai Sin, Kowloon
秀茂坪邨|Sau Mau Ping Estate|九龍觀塘|Kwun Tong, Kowloon
愛民邨|Oi Man Estate|九龍何文田|Ho Man Tin, Kowloon
置富花園|Chi Fu Fa Yuen|香港薄扶林|Pok Fu Lam, Hong Kong
麗港城|Laguna City|九龍藍田|Lam Tin, Kowloon
映灣園|Caribbean Coast|新界東涌|Tung Chung, N.T.
富亨邨|Fu Heng Estate|新界大埔|Tai Po, N.T.
華明邨|Wah Ming Estate|新界粉嶺|Fanling, N.T.
朗屏邨|Long Ping Estate|新界元朗|Yuen Long, N.T.
瀝源邨|Lek Yuen Estate|新界沙田|Sha Tin, N.T.
長青邨|Cheung Ching Estate|新界青衣|Tsing Yi, N.T.
""")

STREETS = _table("""
彌敦道|Nathan Road|九龍旺角|Mong Kok, Kowloon
英皇道|King's Road|香港北角|North Point, Hong Kong
軒尼詩道|Hennessy Road|香港灣仔|Wan Chai, Hong Kong
皇后大道西|Queen's Road West|香港西營盤|Sai Ying Pun, Hong Kong
廣東道|Canton Road|九龍尖沙咀|Tsim Sha Tsui, Kowloon
青山道|Castle Peak Road|九龍深水埗|Sham Shui Po, Kowloon
太子道西|Prince Edward Road West|九龍旺角|Mong Kok, Kowloon
漆咸道北|Chatham Road North|九龍紅磡|Hung Hom, Kowloon
觀塘道|Kwun Tong Road|九龍觀塘|Kwun Tong, Kowloon
筲箕灣道|Shau Kei Wan Road|香港筲箕灣|Shau Kei Wan, Hong Kong
鴨脷洲大街|Ap Lei Chau Main Street|香港鴨脷洲|Ap Lei Chau, Hong Kong
大埔道|Tai Po Road|新界沙田|Sha Tin, N.T.
上海街|Shanghai Street|九龍油麻地|Yau Ma Tei, Kowloon
駱克道|Lockhart Road|香港銅鑼灣|Causeway Bay, Hong Kong
福華街|Fuk Wa Street|九龍深水埗|Sham Shui Po, Kowloon
卑路乍街|Belcher's Street|香港堅尼地城|Kennedy Town, Hong Kong
沙咀道|Sha Tsui Road|新界荃灣|Tsuen Wan, N.T.
青山公路|Castle Peak Road|新界元朗|Yuen Long, N.T.
""")
