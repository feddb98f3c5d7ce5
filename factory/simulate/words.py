"""Word lists of Faker's providers, drawn from directly: a call of Faker for each value is far slower."""

from __future__ import annotations

from faker.providers.address.en_GB import Provider as AddressGB
from faker.providers.company.zh_CN import Provider as CompanyCN
from faker.providers.company.zh_TW import Provider as CompanyTW
from faker.providers.person.en_GB import Provider as PersonGB
from faker.providers.person.en_US import Provider as PersonUS
from faker.providers.person.zh_CN import Provider as PersonCN

EN_MALE = tuple(PersonGB.first_names_male)
EN_FEMALE = tuple(PersonGB.first_names_female)
EN_SURNAMES = tuple(dict.fromkeys((*PersonGB.last_names, *PersonUS.last_names)))
CN_SURNAMES = tuple(PersonCN.last_names)
CN_SURNAME_WEIGHTS = tuple(PersonCN.last_names.values())
CN_MALE = tuple(PersonCN.first_names_male)
CN_FEMALE = tuple(PersonCN.first_names_female)
EN_STREET_SUFFIXES = ("Street", "Road", "Avenue", "Lane", "Close", "Gardens", "Terrace", "Drive")
EN_COUNTIES = tuple(AddressGB.counties)
EN_POSTAL_ZONES = tuple(AddressGB.POSTAL_ZONES)
COMPANIES_HANS = tuple(CompanyCN.company_prefixes)
COMPANIES_HANT = tuple(CompanyTW.company_prefixes)

# English names with the Chinese spelling a registry clerk would use.
TRANSLITERATED_MALE = (
    ("Peter", "彼得"),
    ("Paul", "保羅"),
    ("David", "大衛"),
    ("Thomas", "湯瑪士"),
    ("James", "占士"),
    ("Robert", "羅拔"),
    ("William", "威廉"),
    ("Michael", "米高"),
    ("Daniel", "丹尼爾"),
    ("George", "佐治"),
)
TRANSLITERATED_FEMALE = (
    ("Susan", "蘇珊"),
    ("Linda", "琳達"),
    ("Sarah", "莎拉"),
    ("Rebecca", "麗碧嘉"),
    ("Mary", "瑪莉"),
    ("Anna", "安娜"),
    ("Emma", "艾瑪"),
    ("Karen", "嘉倫"),
    ("Julia", "茱莉亞"),
    ("Helen", "海倫"),
)
TRANSLITERATED_SURNAMES = (
    ("Smith", "史密夫"),
    ("Brown", "布朗"),
    ("Taylor", "泰萊"),
    ("Wilson", "威爾遜"),
    ("Johnson", "莊遜"),
    ("Harris", "夏里斯"),
    ("Clark", "克拉克"),
    ("Walker", "獲加"),
    ("Baker", "貝加"),
    ("Scott", "史葛"),
)
