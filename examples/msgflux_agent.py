"""A msgflux agent with one tool, traced: `python examples/msgflux_agent.py`.

It talks to a model API on this machine, or to OpenAI's if OPENAI_API_KEY is set.
Needs `pip install -e ".[sdk]" "msgflux[openai]" "openai<3"` in this clone.
"""

import os
import sys

import msgflux as mf
import msgflux.nn as nn
from fake_openai import FakeOpenAI

from collector.integration import quick_start


def get_weather(city: str) -> str:
    """Get the weather in a city.

    Args:
        city: Name of the city.
    """
    return f"sunny in {city}"


def ask(base_url: str | None) -> str:
    model = mf.Model.chat_completion("openai/gpt-4o-mini", base_url=base_url)
    agent = nn.Agent(name="weather_agent", model=model, instructions="Help with the weather.", tools=[get_weather])
    return str(agent("What is the weather in Paris?"))


def main() -> None:
    observer = quick_start(service_name="weather")
    if "OPENAI_API_KEY" in os.environ:
        print(ask(base_url=None))
    else:
        os.environ["OPENAI_API_KEY"] = "not needed on this machine"
        with FakeOpenAI() as api:
            print(ask(api.base_url))
            print(f"The API charged {api.usage.input_tokens} input and {api.usage.output_tokens} output tokens.")
    if not observer.flush():
        sys.exit("The trace did not reach msgtrace.")
    print(f"The trace: {observer.last_trace_url}")


if __name__ == "__main__":
    main()
