"""What is made of songs that there are: pure functions from scores to a score, each verb in a module of its own."""
