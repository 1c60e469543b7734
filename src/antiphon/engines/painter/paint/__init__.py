"""Paints scenes: each kind of layer is a coat of paint, laid on in bands of rows."""
