"""What trains are called in running text: `ICE 597`, `Train 9623`."""

import re
from collections.abc import Iterator

from services.ingest.domain.email import number_stretches

TRAIN = re.compile(
    r"(?<![\w])((?:(?:TRAIN|Train|Zug|Treno|Tren|TREN|Trein)(?: number| no\.?| n[°º]| nr\.?| num\.?)?\s?:?|ICE(?: International)?|ICD|ICN|IC|EC|ECE|TGV(?: INOUI| Lyria)?|INOUI|OUIGO|RE|RB|IRE|IR|RJX?|NJ|EN|ES|AVE|ALVIA|AVLO|"
    r"Frecciarossa|FRECCIAROSSA|Frecciargento|FRECCIARGENTO|Frecciabianca|Italo|ITALO|Thalys|THALYS|Eurostar|EUROSTAR|Intercity(?: [Dd]irect)?|Eurocity|EuroCity|InterCity|Railjet|Nightjet|Westbahn|WB|TER|SJ|"
    r"X2000|Snabbtåg|Acela|Amtrak|LNER|GWR|Pendolino|Regionale Veloce|Regionale|Leo Express|RegioJet|MÁV|EIP|EIC|TLK|KTX|SRT|ITX|"
    r"YHT|HSR|THSR|W?EST(?=\s?\d{3})|ÖBB|ETS|KTM|Brightline|Lumo|Ouigo|高铁|动车|Juna|Tog|Tåg|Comboio|Trem|Vlak|Vonat|Pociąg|열차|무궁화호?|새마을호?|"
    r"のぞみ|ひかり|こだま|みずほ|さくら|はやぶさ|はやて|やまびこ|かがやき|はくたか|つばめ|とき|あさま|こまち|つばさ|ひたち|あずさ|サンダーバード|特急\w{1,8}?)"
    r"\s?(?:train |[nN]° ?|no\. ?|Nr\. ?|1000 )?(?:\s?\d{1,4}|\s\d{5})号?|(?<![A-Z])[GDCZTK]\d{1,4}(?=次))(?:次(?:列车)?|호)?(?![\w.]|:\d)"
)


_BEGINS = re.compile(r"[^\W\d_a-z](?<!\w.)")
"""What all these names begin with, which is found much faster: a capital, or a letter of those without case."""


def train_names(text: str) -> Iterator[re.Match[str]]:
    """Return where trains are named in a text."""
    at = 0
    for begins in number_stretches.finditer(_BEGINS, text):
        start = begins.start()
        if start >= at and (found := TRAIN.match(text, start)) is not None:
            at = found.end()
            yield found


def train_named(text: str) -> str | None:
    """Return the first train that a text names."""
    found = TRAIN.search(text)
    return None if found is None else found[1]


def trains_named(text: str) -> set[tuple[str, str]]:
    """Return the trains that a text names, each by its kind and number."""
    return {
        (kind.strip(), number)
        for found in train_names(text)
        for kind, number in [re.split(r"(?=\d+$)", found[1].rstrip("号"), maxsplit=1)]
    }
