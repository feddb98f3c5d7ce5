"""Sentences of notes in traditional Chinese, as written in Hong Kong. Slots: see `mentions.py`."""

from __future__ import annotations

KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "admission": (
        (
            "入院紀錄：{patient}，病歷號 {mrn}，{admitted}因{diagnosis}入住{ward}病房。",
            "{admitted}收症。{full_name}，{age}歲，由{doctor}主診。",
            "病人{patient}於{admitted}由救護車送院，出生日期{born}。",
        ),
        ("已與{doctor}商討治療方案。", "由{nurse}接收病人，安排於{room}號床。", "交由{doctor}跟進。"),
    ),
    "discharge": (
        (
            "出院摘要：{full_name}，身份證 {id}，{admitted}至{discharged}留院共{days}天。",
            "{patient}於{discharged}出院，診斷為{diagnosis}，檔案編號{mrn}。",
            "出院日期：{discharged}。姓名：{patient}。出生：{born}。主診：{doctor}。",
        ),
        ("{later}覆診。", "如有發燒或氣促請即求診。{doctor}簽署。", "已預約{later}到門診。"),
    ),
    "nursing": (
        (
            "護理紀錄：{room}號床{patient}昨晚睡眠良好，早餐已進食。",
            "{admitted}更次報告，{ward}病房：{patient}情況穩定，無訴疼痛。",
            "{room}號床，{patient}，{age}歲，整夜安穩。",
        ),
        ("已交更予{nurse}。", "當值護士：{nurse}。", "繼續觀察。"),
    ),
    "phone": (
        (
            "電話紀錄：{patient}的{relation}{kin}由{kin_phone}來電查詢病情。",
            "{discharged}致電{mobile}，由{patient}本人接聽。",
            "已致電{kin_phone}聯絡{patient}之{relation}，{kin}表示今晚探病。",
        ),
        ("毋須再致電。", "通話由{nurse}記錄。", "{later}再聯絡。"),
    ),
    "referral": (
        (
            "轉介信\n{outside}台鑒：茲轉介{full_name}，{born}出生，住{address}。",
            "致{outside}：\n有關{full_name}（{id}），懇請賜診。",
            "致{outside}：\n病人{patient}（{mrn}）已於{discharged}出院。",
        ),
        ("{doctor}謹啟", "專此奉達，{doctor}"),
    ),
    "consent": (
        (
            "同意書：本人{full_name}，身份證號碼{id}，同意接受{doctor}所解釋之程序。",
            "同意書日期{admitted}。病人姓名{full_name}，出生日期{born}。",
        ),
        ("見證人：{nurse}。", "表格已掃描至{mrn}。"),
    ),
}

IDENTITY = (
    "已核對身份證明文件{id}，與腕帶資料相符。",
    "現居於{address}。",
    "出院後將返回{home}居住。",
    "手提電話{mobile}，住宅電話{home_phone}。",
    "住宅電話為{home_phone}，日間無人接聽。",
    "要求將化驗報告電郵至{email}。",
    "任職於{employer}，需簽發病假紙。",
    "醫療保險會員號碼{payer}，已向保險公司索償。",
    "{later}以{payer}提交索償申請。",
    "於{admitted}裝上胰島素泵，機身編號{device}。",
    "血糖機{device}已交還病房。",
    "舊病歷存於檔案{mrn}。",
    "病人出生於{born}。",
    "病人曾以{patient}登記，上次求診為{earlier}。",
)

FAMILY = (
    "{relation}{kin}在場，聯絡電話{kin_phone}。",
    "緊急聯絡人：{kin}（{relation}），電話{kin_phone}。",
    "{kin}稱病人自{earlier}起自行停藥。",
    "與{relation}{kin}同住於{home}附近。",
)

CLINICAL = (
    "初步診斷為{diagnosis}。",
    "現年{age}歲，無已知藥物過敏。",
    "過往病史包括{second}。",
    "現服用{drug}，未見明顯副作用。",
    "今次住院共做{labs}項化驗，處方藥物{medications}種。",
    "糖化血紅素 {a1c}。",
    "血壓 {pressure}，脈搏 {pulse}，體重 {weight} 公斤。",
    "指尖血糖 {glucose} mmol/L，血鉀 {potassium} mmol/L。",
    "皮下注射胰島素 {units} 單位。",
    "於{ward}病房留醫{days}天，期間病情平穩。",
)

NEGATIVE = (
    "有柏金遜症病史，服用 Sinemet 25/100 毫克。",
    "已放置 Foley 導尿管 16 號，引流通暢。",
    "Babinski 反射陰性，昏迷指數 15/15。",
    "撲熱息痛 500 毫克，每日最多四次。",
    "血鈉 138，肌酸酐 92，血色素 12.4。",
    "高床欄已升起，跌倒風險評分 3/10。",
    "血氧 97%，經鼻導管給氧每分鐘 2 公升。",
    "已排除甲狀腺亢進，TSH 2.1。",
    "病類編碼 401.9 及 250.02 已輸入。",
    "黃疸及蒼白均不明顯，何種過敏未明。",
)
