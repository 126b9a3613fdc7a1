"""Rules: who may do what with the rows of a model, read, checked and typed."""
