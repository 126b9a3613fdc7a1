"""Text: PostgreSQL's has no NUL."""

from typing import Annotated

from pydantic import AfterValidator, Field

# Half a surrogate pair is no text to a pattern.
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
Char = Annotated[Text, AfterValidator(lambda value: value.rstrip(" "))]
