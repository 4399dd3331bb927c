"""What trains are called in running text: `ICE 597`, `Train 9623`."""

import re
from collections import defaultdict
from collections.abc import Iterator

_WORDS = "TRAIN|Train|Zug|Treno|Tren|TREN|Trein"
_KINDS = (
    r"ICE(?: International)?|ICD|ICN|IC|EC|ECE|TGV INOUI|TGV Lyria|TGV|INOUI|OUIGO|RE|RB|IRE|IR|RJX?|NJ|EN|ES|AVE|ALVIA|AVLO|"
    r"Frecciarossa|FRECCIAROSSA|Frecciargento|FRECCIARGENTO|Frecciabianca|Italo|ITALO|Thalys|THALYS|Eurostar|EUROSTAR|Intercity(?: [Dd]irect)?|Eurocity|EuroCity|InterCity|Railjet|Nightjet|Westbahn|WB|TER|SJ|"
    r"X2000|Snabbtåg|Acela|Amtrak|LNER|GWR|Pendolino|Regionale Veloce|Regionale|Leo Express|RegioJet|MÁV|EIP|EIC|TLK|KTX|SRT|ITX|"
    r"YHT|HSR|THSR|WEST(?=\s?\d{3})|EST(?=\s?\d{3})|ÖBB|ETS|KTM|Brightline|Lumo|Ouigo|高铁|动车|Juna|Tog|Tåg|Comboio|Trem|Vlak|Vonat|Pociąg|열차|무궁화호?|새마을호?|"
    r"のぞみ|ひかり|こだま|みずほ|さくら|はやぶさ|はやて|やまびこ|かがやき|はくたか|つばめ|とき|あさま|こまち|つばさ|ひたち|あずさ|サンダーバード|特急\w{1,8}?"
)
_LETTERS = "GDCZTK"
"""By which trains of China are called, with a word behind their numbers."""
TRAIN = re.compile(
    rf"(?<![\w])((?:(?:{_WORDS})(?: number| no\.?| n[°º]| nr\.?| num\.?)?\s?:?|{_KINDS})"
    rf"\s?(?:train |[nN]° ?|no\. ?|Nr\. ?|1000 )?(?:\s?\d{{1,4}}|\s\d{{5}})号?|(?<![A-Z])[{_LETTERS}]\d{{1,4}}(?=次))(?:次(?:列车)?|호)?(?![\w.]|:\d)"
)


def _beginning() -> re.Pattern[str]:
    """Return what finds the first two signs of all these names, each by the first: so it is found fastest."""
    behind: defaultdict[str, set[str]] = defaultdict(set)
    for first, second, *_ in f"{_WORDS}|{_KINDS}".split("|"):
        behind[first].add(second)
    for letter in _LETTERS:
        behind[letter].add(r"\d")
    ways = (f"{first}(?=[{''.join(sorted(seconds))}])" for first, seconds in sorted(behind.items()))
    return re.compile(rf"(?:{'|'.join(ways)})(?<!\w.)")


_BEGINS = _beginning()


def train_names(text: str) -> Iterator[re.Match[str]]:
    """Return where trains are named in a text."""
    at = 0
    for begins in _BEGINS.finditer(text):
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
