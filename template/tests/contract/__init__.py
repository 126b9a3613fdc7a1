"""What holds for every resource, by the facts in tests/resources."""
