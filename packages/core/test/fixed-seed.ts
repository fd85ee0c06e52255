import fc from 'fast-check'

// The same cases in every run, so that a red run means a change and not luck. `FC_SEED=$RANDOM` looks for new ones.
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 42) })
