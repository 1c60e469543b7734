"""A language model behind the chat completions of OpenAI and of those who took over their form."""

from antiphon.providers.chat.backend import ChatEnhancer

__all__ = ["ChatEnhancer"]
