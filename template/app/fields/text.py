"""Text: PostgreSQL's has no NUL."""

from typing import Annotated

from pydantic import AfterValidator, Field

# Half a surrogate pair is no text to a pattern.
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]


def complete(value: str) -> str:
    """PostgreSQL refuses others too, but only where a row is like them up to the end."""
    if (len(value) - len(value.rstrip("\\"))) % 2:
        raise ValueError("Input should not end in an unescaped backslash")
    return value


LikePattern = Annotated[Text, AfterValidator(complete)]
Char = Annotated[Text, AfterValidator(lambda value: value.rstrip(" "))]
