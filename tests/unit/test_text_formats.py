"""Layer (b): formats and labels, in every notation; and what only looks like them."""

from __future__ import annotations

import pytest

from factory.deid.text import Detector, PhiClass

DETECTOR = Detector()

FOUND = [
    # dates: 164.514(b)(2)(i)(C)
    ("DATE", "Seen on {2003-05-07} in clinic."),
    ("DATE", "Seen {7/5/2003}, well."),
    ("DATE", "Seen {07.05.03}, well."),
    ("DATE", "Back on {07MAY2003}."),
    ("DATE", "Back {May 7th}, then home."),
    ("DATE", "Born {the 5th of May 1903}."),
    ("DATE", "Started {Sept 2004} abroad."),
    ("DATE", "Due {07-May-03} at nine."),
    ("DATE", "File {20030507} scanned."),
    ("DATE", "Back from leave since {5/12}, no fever."),
    ("DATE", "入院{2003年5月7日}，好转。"),
    ("DATE", "入院{二〇〇三年五月七日}，好转。"),
    ("DATE", "入院{２００３年５月７日}，好转。"),
    ("DATE", "病人於{民國92年5月7日}入院。"),
    ("DATE", "病人於{民國92.5.7}入院。"),
    ("DATE", "约于{5月7日}复查。"),
    ("DATE", "Seen {21.VI.1952} at home."),
    ("DATE", "adm {03/02}, well."),
    ("DATE", "Ingreso el {12 de marzo de 2012} por dolor."),
    # ages over 89
    ("AGE", "A {93}-year-old man."),
    ("AGE", "Aged {101}, lives alone."),
    ("AGE", "Bed 3, {92} y, settled."),
    ("AGE", "患者{97}岁，神清。"),
    ("AGE", "病人{九十二}歲，清醒。"),
    ("AGE", "A {ninety-two} year old."),
    ("AGE", "He is {96}. Frail."),
    ("AGE", "She turned {ninety-three} in May."),
    ("AGE", "A widow in her {nineties}."),
    ("AGE", "{92}/F, lives alone."),
    ("AGE", "Born in {1928}, a tailor."),
    ("AGE", "{1929}年生，独居。"),
    # phones
    ("PHONE", "Ring {+852 9123 4567} after six."),
    ("PHONE", "Ring {9123-4567}."),
    ("PHONE", "Ring {９１２３４５６７}."),
    ("PHONE", "电话{138 1234 5678}。"),
    ("PHONE", "座机{0512-69844806}。"),
    ("PHONE", "Call {(416) 555-0123 x45} today."),
    ("PHONE", "Tel {06 12 34 56 78}."),
    ("PHONE", "Number is {nine one two three four five six seven}."),
    ("PHONE", "手机号没变{一三七四四四三二六〇六}，请联系。"),
    # electronic
    ("EMAIL", "To {ann.lee@example.com} please."),
    ("EMAIL", "To {ann.lee at example.com} please."),
    ("EMAIL", "To {ann dot lee at example dot com} please."),
    ("EMAIL", "邮箱{ann.lee＠example.com}。"),
    ("URL", "See {https://example.org/p?id=7} for it."),
    ("IP", "From {203.0.113.7} at night."),
    ("OTHER", "微信号{wanghong_88}，可联系。"),
    # documents
    ("ID", "HKID {A123456(3)} checked."),
    ("ID", "Card {a123456(3)} checked."),
    ("ID", "Card {A 123456 (3)} checked."),
    ("ID", "證件{Ａ１２３４５６（３）}已核對。"),
    ("ID", "身份证{110105 19491231 002X}已核。"),
    ("ID", "身份证号{110105491231002}已核。"),
    ("ID", "HKID: {D 2 8 4 7 7 3 (1)} shown."),
    ("ID", "SSN {123-45-6789} noted."),
    ("ID", "回乡证{H1234567890}。"),
    ("ID", "ID ending {4567} checked."),
    ("ID", "身份證尾四位{3553}。"),
    ("MRN", "MRN no.: {12345678}."),
    ("OTHER", "MRN: {5 5 0 2 9 1 7}."),
    ("MRN", "病案号为{ZY448812}。"),
    ("ACCOUNT", "Member no. {PY 036-388-245} lodged."),
    ("ACCOUNT", "Card {4111 1111 1111 1111} charged."),
    ("ACCOUNT", "IBAN {GB82WEST12345698765432} used."),
    ("LICENCE", "Driver's license number is {D1234567}."),
    ("VEHICLE", "车辆{粤B12345}停在门口。"),
    ("VEHICLE", "车牌{苏E·D3120}。"),
    ("VEHICLE", "VIN {1HGCM82633A004352} seen."),
    ("DEVICE", "Pump serial {SN-9FETLCGBHH} fitted."),
    ("OTHER", "Kit {X7Q-449120-KD} used."),
    # addresses, employers
    ("ADDRESS", "Lives at {12 Harbour Road, Flat 3B} now."),
    ("ADDRESS", "住{上海市徐汇区振兴路689号东方雅苑23栋2701室}。"),
    ("ADDRESS", "與女兒同住於{深水埗福榮街27號}。"),
    ("ADDRESS", "邮编{868344}。"),
    ("ORG", "Works for {Golden Harbour Logistics Ltd}, driver."),
    ("ORG", "工作单位{苏州市立信电子机械厂}，请假。"),
]

ORDINARY = [
    "Paracetamol 500 mg up to 4 times a day; BP 147/59, pulse 108.",
    "Known Parkinson disease, on Sinemet 25/100 mg; Foley catheter 16 Fr.",
    "ICD codes 401.9, E11.65 and 250.02; HbA1c 7.4%, SpO2 97% on 2 L.",
    "Na 138, K 4.1, Cr 92, Hb 12.4, WBC 7.8, platelets 250000.",
    "Glasgow Coma Scale 15/15, Braden 18, fall score 3/10.",
    "A 41-year-old man with 3 weeks of cough since childhood asthma.",
    "Gauge 18 cannula in the LA; echo shows EF 55-60%.",
    "有帕金森病史，服用美多芭 125 mg。黄疸不明显，何种过敏原待查，马凡综合征可排除。",
    "血钠 138，肌酐 92，血红蛋白 124 g/L。皮下注射胰岛素 18 单位。",
    "血壓 142/65，脈搏 103，體重 46.9 公斤。撲熱息痛 500 毫克，每日最多四次。",
    "He is 96 kg, SpO2 96%, born 2019; score 2/10 and 0-1-0-1.",
    "阿司匹林 100mg，每日一次。",
    "患者因肺炎伴咳嗽入住呼吸科，使用阿莫西林，胸部CT显示肺部病灶。",
]


@pytest.mark.parametrize(("kind", "marked"), FOUND, ids=[f"{kind}-{i}" for i, (kind, _) in enumerate(FOUND)])
def test_it_is_found_whole(kind, marked):
    start, end = marked.index("{"), marked.index("}") - 1
    text = marked.replace("{", "").replace("}", "")
    spans = DETECTOR.find(text)
    covered = {i for span in spans for i in range(span.start, span.end)}
    owed = {i for i in range(start, end) if text[i].isalnum()}
    assert owed <= covered
    assert any(span.kind is PhiClass(kind) for span in spans if span.start < end and span.end > start)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_prose_stays(text):
    assert DETECTOR.find(text) == []


def test_a_wrong_check_digit_never_clears_a_hit():
    right, wrong = DETECTOR.find("Card A123456(3)."), DETECTOR.find("Card A123456(4).")
    assert [span[:2] for span in right] == [span[:2] for span in wrong]
    assert right[0].score > wrong[0].score


def test_invisible_characters_hide_nothing_and_keep_their_place():
    text = "Call 91\u200b23\u200b4567 now."
    (span,) = DETECTOR.find(text)
    assert text[span.start : span.end] == "91\u200b23\u200b4567"
