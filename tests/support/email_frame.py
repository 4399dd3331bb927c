"""What vendors put around the few lines that matter: styles, tables in tables, advice, offers, small print."""

_STYLES = "".join(
    f".c{n}{{font-family:Arial,Helvetica,sans-serif;font-size:{10 + n % 9}px;line-height:{14 + n % 9}px;color:#3{n % 10}4;"
    f"padding:{n % 7}px {n % 5}px;border-collapse:collapse;mso-line-height-rule:exactly}}\n"
    for n in range(60)
)
_ADVICE = (
    "You can manage your booking online at any time.",
    "Free cancellation is possible up to 24 hours before you arrive; see the terms for details.",
    "Online check-in opens 24 hours before departure and closes 45 minutes before it.",
    "Save up to 20% on rental cars with our partners, from 19 EUR a day.",
    "Please have a valid identity document at hand. Doors close 10 minutes before departure.",
    "Questions? Call +49 30 1234567 on weekdays from 08:00 to 18:00, or write to us.",
    "Our newsletter tells you about offers first. Join the club and collect 500 points.",
    "Prices include value added tax where it is due. Cards are charged by Payments Ltd.",
)
_ROW = (
    '<tr><td class="c{n}" width="20" style="width:20px">&nbsp;</td><td class="c{m}" align="left" valign="top" style="padding:8px 0 8px 0">'
    '<a href="https://links.example/{n}/aHR0cHM6Ly9leGFtcGxlLm9yZy90ZXJtcw" style="color:#05164d;text-decoration:none">'
    '<img src="https://img.example/icons/{n}.png" width="16" height="16" alt="" border="0"/></a> {text}</td></tr>'
)
_FOOTER = (
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">'
    '<table role="presentation" width="600" cellpadding="0" cellspacing="0">'
    + "".join(_ROW.format(n=n, m=n + 20, text=_ADVICE[n % len(_ADVICE)]) for n in range(90))
    + "</table></td></tr></table><p>Vendor Ltd, 1 Example Road, Registered in England no. 01234567. Do not answer this mail.</p>"
)


def framed(html: str) -> str:
    """Return a page with styles above and rows of advice below, some 60 KB as they often are."""
    head, mark, rest = html.partition("<body>")
    if not mark:
        head, rest = "<html><head></head>", f"{html}</body></html>"
    head = head.replace("</head>", f"<style>{_STYLES}</style></head>")
    return f"{head}<body>{rest.replace('</body>', f'{_FOOTER}</body>')}"
