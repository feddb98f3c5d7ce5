"""Names of countries and territories, lower case: larger than a state, so outside 45 CFR 164.514(b)(2)(i)(B)."""

from __future__ import annotations

_NAMES = """
afghanistan; albania; algeria; american samoa; andorra; angola; anguilla;
antarctica (the territory south of 60 deg s); antigua and barbuda; argentina; armenia; aruba; australia;
austria; azerbaijan; bahamas; bahrain; bangladesh; barbados; belarus; belgium; belize; benin; bermuda; bhutan;
bolivia; bosnia and herzegovina; botswana; bouvet island (bouvetoya); brazil;
british indian ocean territory (chagos archipelago); british virgin islands; brunei; brunei darussalam;
bulgaria; burkina faso; burma; burundi; cabo verde; cambodia; cameroon; canada; cape verde; cayman islands;
central african republic; chad; chile; china; christmas island; cocos (keeling) islands; colombia; comoros;
congo; cook islands; costa rica; cote d'ivoire; croatia; cuba; cyprus; cyprus (greek); czech republic; czechia;
côte d'ivoire; democratic republic of the congo; denmark; djibouti; dominica; dominican republic; east timor;
ecuador; egypt; el salvador; england; equatorial guinea; eritrea; estonia; eswatini; ethiopia;
falkland islands (malvinas); faroe islands; federated states of micronesia; fiji; finland; france;
french guiana; french polynesia; french southern territories; gabon; gambia; georgia; germany; ghana;
gibraltar; great britain; greece; greenland; grenada; guadeloupe; guam; guatemala; guernsey; guinea;
guinea-bissau; guyana; haiti; heard island and mcdonald islands; holland; holy see (vatican city state);
honduras; hong kong; hungary; iceland; india; indonesia; iran; iraq; ireland; isle of man; israel; italy;
ivory coast; jamaica; japan; jersey; jordan; kazakhstan; kenya; kingdom of the netherlands; kiribati; korea;
kosovo; kuwait; kyrgyz republic; kyrgyzstan; lao people's democratic republic; laos; latvia; lebanon; lesotho;
liberia; libya; libyan arab jamahiriya; liechtenstein; lithuania; luxembourg; macao; macau; macedonia;
madagascar; malawi; malaysia; maldives; mali; malta; marshall islands; martinique; mauritania; mauritius;
mayotte; mexico; micronesia; moldova; monaco; mongolia; montenegro; montserrat; morocco; mozambique; myanmar;
namibia; nauru; nepal; netherlands; netherlands antilles; new caledonia; new zealand; nicaragua; niger;
nigeria; niue; norfolk island; north korea; north macedonia; northern ireland; northern mariana islands;
norway; oman; pakistan; palau; palestine; palestinian territory; panama; papua new guinea; paraguay;
people's republic of china; peru; philippines; pitcairn islands; poland; portugal; puerto rico; qatar;
republic of china; republic of ireland; republic of the congo; reunion; romania; russia; russian federation;
rwanda; saint barthelemy; saint helena; saint kitts and nevis; saint lucia; saint martin;
saint pierre and miquelon; saint vincent and the grenadines; samoa; san marino; sao tome and principe;
saudi arabia; scotland; senegal; serbia; seychelles; sierra leone; singapore; slovakia;
slovakia (slovak republic); slovenia; solomon islands; somalia; south africa;
south georgia and the south sandwich islands; south korea; south sudan; spain; sri lanka; sudan; suriname;
svalbard & jan mayen islands; swaziland; sweden; switzerland; syria; syrian arab republic;
são tomé and príncipe; taiwan; tajikistan; tanzania; thailand; the bahamas; the gambia; timor-leste; togo;
tokelau; tonga; trinidad and tobago; tunisia; turkey; turkmenistan; turks and caicos islands; tuvalu; türkiye;
uganda; uk; ukraine; united arab emirates; united kingdom; united states; united states minor outlying islands;
united states of america; united states virgin islands; uruguay; usa; uzbekistan; vanuatu; vatican city;
venezuela; vietnam; wales; wallis and futuna; western sahara; yemen; zambia; zimbabwe
"""

COUNTRIES = frozenset(" ".join(name.split()) for name in _NAMES.split(";"))
