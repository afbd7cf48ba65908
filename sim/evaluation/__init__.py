"""The evaluation laboratory: what an evaluator would estimate from the data of one world, beside the known truth.

A ministry sees one history. Here every policy also has its twin world, same luck and no policy, so that the effect
which an estimator looks for is known, startup by startup. `observe` makes the panel that a statistician would have;
`did`, `synthetic`, `matching`, `discontinuity`, `rings` and `gravity` are the estimators; `designs` says which design
asks which data; `told` sets each beside the truth, over all seeds.
"""
