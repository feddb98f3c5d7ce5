"""Sentences of notes in simplified Chinese, as written on the mainland. Slots: see `mentions.py`."""

from __future__ import annotations

KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "admission": (
        (
            "入院记录：患者{patient}，病案号{mrn}，因{diagnosis}于{admitted}收入{ward}病区。",
            "患者{full_name}，{age}岁，{admitted}入院，主管医师{doctor}。",
            "{admitted}急诊120送入，姓名{patient}，出生日期{born}。",
        ),
        ("治疗方案已请示{doctor}。", "责任护士{nurse}接诊，安排{room}床。", "由{doctor}继续诊治。"),
    ),
    "discharge": (
        (
            "出院小结：{full_name}，身份证号{id}，{admitted}至{discharged}住院{days}天。",
            "{patient}于{discharged}出院，出院诊断{diagnosis}，住院号{mrn}。",
            "出院日期：{discharged}。姓名：{patient}。出生：{born}。主治：{doctor}。",
        ),
        ("{later}门诊复查。", "如有发热、气促请随诊。{doctor}签名。", "已预约{later}复诊。"),
    ),
    "nursing": (
        (
            "护理记录：{room}床{patient}夜间睡眠可，早餐已进。",
            "{admitted}交班，{ward}病区：{patient}生命体征平稳，未诉疼痛。",
            "{room}床，{patient}，{age}岁，夜间无特殊。",
        ),
        ("已与{nurse}床旁交接。", "值班护士：{nurse}。", "继续观察。"),
    ),
    "phone": (
        (
            "电话随访：{patient}的{relation}{kin}从{kin_phone}来电询问病情。",
            "{discharged}拨打{mobile}，{patient}本人接听。",
            "已拨打{kin_phone}联系{patient}的{relation}，{kin}今晚来院。",
        ),
        ("无需再次随访。", "通话由{nurse}登记。", "{later}再次联系。"),
    ),
    "referral": (
        (
            "转诊单\n{outside}：您好，现转诊患者{full_name}，{born}出生，住{address}。",
            "致{outside}：\n患者{full_name}（{id}）病情复杂，请协助诊治。",
            "致{outside}：\n患者{patient}（{mrn}）已于{discharged}出院。",
        ),
        ("此致 敬礼，{doctor}", "转诊医师：{doctor}"),
    ),
    "consent": (
        (
            "知情同意书：本人{full_name}，身份证{id}，已听取{doctor}的说明并同意操作。",
            "知情同意书，日期{admitted}。患者{full_name}，出生日期{born}。",
        ),
        ("见证人：{nurse}。", "同意书已扫描归入{mrn}。"),
    ),
}

IDENTITY = (
    "已核对证件{id}，与腕带信息一致。",
    "现住址{address}。",
    "出院后返回{home}休养。",
    "手机{mobile}，家庭电话{home_phone}。",
    "家庭电话{home_phone}，白天无人接听。",
    "要求将检验报告发送至邮箱{email}。",
    "工作单位{employer}，需开具病假证明。",
    "医保账号{payer}，费用已上传。",
    "{later}以{payer}办理报销手续。",
    "{admitted}安装胰岛素泵，机身编号{device}。",
    "血糖仪{device}已归还病区。",
    "既往病历归档于{mrn}。",
    "患者出生于{born}。",
    "患者曾以{patient}之名挂号，上次就诊{earlier}。",
)

FAMILY = (
    "{relation}{kin}陪同，联系电话{kin_phone}。",
    "紧急联系人：{kin}（{relation}），电话{kin_phone}。",
    "{kin}诉患者自{earlier}起自行停药。",
    "与{relation}{kin}同住，家在{home}附近。",
)

CLINICAL = (
    "初步诊断{diagnosis}。",
    "现年{age}岁，否认药物过敏史。",
    "既往有{second}病史。",
    "目前使用{drug}，未见明显不良反应。",
    "本次住院共完成{labs}项检验，使用药物{medications}种。",
    "糖化血红蛋白 {a1c}。",
    "血压 {pressure} mmHg，脉搏 {pulse} 次/分，体重 {weight} kg。",
    "指尖血糖 {glucose} mmol/L，血钾 {potassium} mmol/L。",
    "皮下注射胰岛素 {units} 单位。",
    "在{ward}病区住院{days}天，病情平稳。",
)

NEGATIVE = (
    "有帕金森病史，服用美多芭 125 mg。",
    "留置 Foley 导尿管 16 号，引流通畅。",
    "Babinski 征阴性，格拉斯哥评分 15/15。",
    "对乙酰氨基酚 500 mg，每日不超过四次。",
    "血钠 138，肌酐 92，血红蛋白 124 g/L。",
    "已拉起床栏，跌倒评分 3/10。",
    "血氧 97%，鼻导管吸氧 2 L/min。",
    "甲亢已排除，TSH 2.1。",
    "疾病编码 401.9 及 250.02 已录入。",
    "黄疸不明显，何种过敏原待查，马凡综合征可排除。",
)
