"""Tools for who works on the app: tests, benchmarks and the pictures of the docs use them."""
