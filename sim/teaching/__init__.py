"""The classroom: lessons that replay runs of the model from one file, a live page, and a game of evaluation.

Nothing here simulates by itself: every run is one of ``sim.engine``, from an ordinary scenario.
"""
