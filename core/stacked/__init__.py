"""Many models as one tensor program, every one of them as if it were alone.

Which engine is for what:

- **Dense nets and small convolutions**, with dropout and batch norm: `nets.MLP`, or a `Layered` net
  out of `layers`. Their backward passes are by hand, since at that size half of autograd's time is
  bookkeeping; the promise `by_hand` in `benchmarks/` says what that is worth.
- **Every other net**: a `traced.Program`, written forward only out of `functions`; autograd does
  the rest. It is the default for something new: writing a backward pass is a decision that a
  measurement has to justify.
- **Two nets against each other**: `game.Game`, of functions of the same kind.
- **Points on a surface**, or parameters whose gradients are known: `rules.Updater` alone.

A net of either kind trains in a `race.Race`, over the batches of `data`, for one of `losses`, with
the optimizers of `rules`; what the next update does to some of its weights, `update` shows part by
part. DQN has an engine of its own, in numpy: see `core.concepts.dqn.learner`.
"""
