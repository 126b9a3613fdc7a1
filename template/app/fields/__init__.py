"""The types of fields in bodies, paths and queries: what PostgreSQL can store.

Numbers in bodies are numbers and dates are text: nothing is guessed. In paths and
queries everything is text, hence the types named `…Parameter`.
"""
