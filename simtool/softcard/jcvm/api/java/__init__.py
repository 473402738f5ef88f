"""The packages of the Java language that Java Card has."""
