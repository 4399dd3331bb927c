"""Run it: `python -m examples.expense_subscriber kafka|webhook --database URL …`."""

import argparse
import asyncio
import signal

import uvicorn

from examples.expense_subscriber.by_kafka import subscribe
from examples.expense_subscriber.by_webhook import webhook_app
from examples.expense_subscriber.ledger import open_ledger


async def run(asked: argparse.Namespace) -> None:
    """Subscribe in the way that was asked for, until told to stop."""
    async with open_ledger(asked.database) as ledger:
        if asked.way == "webhook":
            app = webhook_app(ledger, secret=asked.secret)
            config = uvicorn.Config(app, host="127.0.0.1", port=asked.port, log_level="warning")
            await uvicorn.Server(config).serve()
            return
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await subscribe(ledger, bootstrap=asked.bootstrap, group=asked.group, stop=stop)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="expense_subscriber", description=__doc__)
    parser.add_argument("way", choices=["kafka", "webhook"])
    parser.add_argument("--database", required=True, help="of the expense system, postgresql://…")
    parser.add_argument("--bootstrap", help="where Kafka is")
    parser.add_argument("--group", default="expense")
    parser.add_argument("--secret", help="of the webhook, whsec_…")
    parser.add_argument("--port", type=int, default=9000)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
