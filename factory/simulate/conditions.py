"""Clinical words for a row's codes, in the three languages of the notes."""

from __future__ import annotations

from typing import Literal

SEX_OF_RELATION: dict[str, Literal["F", "M", "U"]] = {
    "husband": "M",
    "wife": "F",
    "son": "M",
    "daughter": "F",
    "brother": "M",
    "sister": "F",
    "father": "M",
    "mother": "F",
}
_COLUMN = {"zh-Hans": 0, "zh-Hant": 1}
_RELATIONS = {
    "husband": ("丈夫", "丈夫"),
    "wife": ("妻子", "太太"),
    "son": ("儿子", "兒子"),
    "daughter": ("女儿", "女兒"),
    "brother": ("兄弟", "兄弟"),
    "sister": ("姐妹", "姊妹"),
    "father": ("父亲", "父親"),
    "mother": ("母亲", "母親"),
    "friend": ("朋友", "朋友"),
}
DRUGS = (
    "metformin",
    "repaglinide",
    "nateglinide",
    "glimepiride",
    "glipizide",
    "glyburide",
    "pioglitazone",
    "rosiglitazone",
    "acarbose",
    "insulin",
)
_DRUGS = {
    "metformin": ("二甲双胍", "二甲雙胍"),
    "repaglinide": ("瑞格列奈", "瑞格列奈"),
    "nateglinide": ("那格列奈", "那格列奈"),
    "glimepiride": ("格列美脲", "格列美脲"),
    "glipizide": ("格列吡嗪", "格列吡嗪"),
    "glyburide": ("格列本脲", "格列本脲"),
    "pioglitazone": ("吡格列酮", "吡格列酮"),
    "rosiglitazone": ("罗格列酮", "羅格列酮"),
    "acarbose": ("阿卡波糖", "阿卡波糖"),
    "insulin": ("胰岛素", "胰島素"),
}
_CHANGES = {
    "Up": ("dose raised", "加量", "加量"),
    "Down": ("dose lowered", "减量", "減量"),
    "Steady": ("dose unchanged", "剂量不变", "劑量不變"),
}
# Three leading characters of an ICD-9-CM code -> English, simplified, traditional.
_DIAGNOSES = {
    "250": ("diabetes mellitus", "糖尿病", "糖尿病"),
    "428": ("heart failure", "心力衰竭", "心臟衰竭"),
    "414": ("chronic ischaemic heart disease", "慢性缺血性心脏病", "慢性缺血性心臟病"),
    "410": ("acute myocardial infarction", "急性心肌梗死", "急性心肌梗塞"),
    "486": ("pneumonia", "肺炎", "肺炎"),
    "427": ("cardiac dysrhythmia", "心律失常", "心律不正"),
    "491": ("chronic bronchitis", "慢性支气管炎", "慢性支氣管炎"),
    "682": ("cellulitis", "蜂窝织炎", "蜂窩組織炎"),
    "434": ("cerebral artery occlusion", "脑动脉闭塞", "腦動脈阻塞"),
    "401": ("essential hypertension", "原发性高血压", "原發性高血壓"),
    "276": ("fluid and electrolyte disorder", "电解质紊乱", "電解質失衡"),
    "599": ("urinary tract infection", "泌尿道感染", "泌尿道感染"),
    "038": ("septicaemia", "败血症", "敗血症"),
    "38": ("septicaemia", "败血症", "敗血症"),
    "584": ("acute kidney failure", "急性肾衰竭", "急性腎衰竭"),
    "585": ("chronic kidney disease", "慢性肾病", "慢性腎病"),
    "786": ("chest symptoms", "胸部症状", "胸部症狀"),
    "496": ("chronic airway obstruction", "慢性阻塞性肺病", "慢性阻塞性肺病"),
    "780": ("general symptoms", "全身症状", "全身症狀"),
    "820": ("fracture of neck of femur", "股骨颈骨折", "股骨頸骨折"),
    "715": ("osteoarthrosis", "骨关节炎", "骨關節炎"),
    "435": ("transient cerebral ischaemia", "短暂性脑缺血", "短暫性腦缺血"),
    "285": ("anaemia", "贫血", "貧血"),
    "440": ("atherosclerosis", "动脉粥样硬化", "動脈粥樣硬化"),
    "493": ("asthma", "哮喘", "哮喘"),
}


_WARDS = {
    "Medical A": ("内科一", "內科甲"),
    "Medical B": ("内科二", "內科乙"),
    "Medical C": ("内科三", "內科丙"),
    "Diabetes and Endocrine": ("内分泌科", "糖尿及內分泌科"),
    "Geriatric": ("老年科", "老人科"),
    "Emergency Short Stay": ("急诊留观", "急症短期留醫"),
    "Coronary Care": ("心内科监护", "冠心病護理"),
    "Surgical": ("外科", "外科"),
    "Orthopaedic": ("骨科", "骨科"),
    "Renal": ("肾内科", "腎科"),
    "Children": ("儿科", "兒科"),
    "Maternity": ("妇产科", "婦產科"),
    "Psychiatric": ("精神科", "精神科"),
}


def ward(name: str, language: str) -> str:
    """A ward's name in the language of the note."""
    return name if language == "en" else _WARDS[name][_COLUMN[language]]


def relation(word: str, language: str) -> str:
    """'daughter' in the language of the note."""
    return word if language == "en" else _RELATIONS[word][_COLUMN[language]]


def drug(column: str, change: str, language: str) -> str:
    """A drug of the row and what became of its dose, e.g. 'insulin (dose raised)'."""
    words = _CHANGES.get(change, (change, change, change))
    if language == "en":
        return f"{column} ({words[0]})"
    at = _COLUMN[language]
    return f"{_DRUGS[column][at]}（{words[1 + at]}）"


def diagnosis(code: str, language: str) -> str:
    """An ICD-9-CM code with its words where they are among the common ones, e.g. 'heart failure (428)'."""
    words = _DIAGNOSES.get(code.partition(".")[0])
    if language == "en":
        return f"{words[0]} ({code})" if words else f"the condition coded ICD-9 {code}"
    return (
        f"{words[1 + _COLUMN[language]]}（{code}）"
        if words
        else f"ICD-9 {code} 所列病症"
        if language == "zh-Hans"
        else f"ICD-9 {code} 所列病況"
    )
