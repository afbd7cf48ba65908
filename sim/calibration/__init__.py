"""Calibration: published figures, how the model is measured against them, and parameters fitted to them.

    targets      published figures, their tolerance and their use (``calibration/targets.csv``)
    operators    the model measured as each source measured France
    scorecard    every figure, published and simulated, pass or miss, beside a model without agents
"""
