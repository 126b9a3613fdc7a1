"""The steps of an adoption, one function each: `(adoption, draft)`, or only what they need."""
