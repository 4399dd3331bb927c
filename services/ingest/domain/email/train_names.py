"""What trains are called in running text: `ICE 597`, `Train 9623`."""

import re

TRAIN = re.compile(
    r"(?<![\w])((?:(?:TRAIN|Train|Zug|Treno|Tren|TREN|Trein)(?: number| no\.?| n[°º]| nr\.?| num\.?)?\s?:?|ICE|ICD|ICN|IC|EC|ECE|TGV(?: INOUI| Lyria)?|INOUI|OUIGO|RE|RB|IRE|IR|RJX?|NJ|EN|ES|AVE|ALVIA|AVLO|"
    r"Frecciarossa|FRECCIAROSSA|Frecciargento|FRECCIARGENTO|Frecciabianca|Italo|ITALO|Thalys|THALYS|Eurostar|EUROSTAR|Intercity|Railjet|Nightjet|Westbahn|WB|TER|SJ|"
    r"X2000|Snabbtåg|Acela|Amtrak|LNER|GWR|Pendolino|Regionale Veloce|Regionale|Leo Express|RegioJet|MÁV|EIP|EIC|TLK|KTX|SRT|ITX|"
    r"YHT|HSR|THSR|のぞみ|ひかり|こだま|みずほ|さくら|はやぶさ|かがやき|つばめ|高铁|动车|Juna|Tog|Tåg|Comboio|Trem|Vlak|Vonat|Pociąg|열차)"
    r"\s?(?:train |[nN]° ?|no\. ?|Nr\. ?|1000 )?\s?\d{1,5})(?![\w.]|:\d)"
)


def train_named(text: str) -> str | None:
    """Return the first train that a text names."""
    found = TRAIN.search(text)
    return None if found is None else found[1]


def trains_named(text: str) -> set[tuple[str, str]]:
    """Return the trains that a text names, each by its kind and number."""
    return {
        (kind.strip(), number)
        for found in TRAIN.finditer(text)
        for kind, number in [re.split(r"(?=\d+$)", found[1], maxsplit=1)]
    }
