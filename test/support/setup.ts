/**
 * Every run of the tests draws the same examples, on every machine. `FC_SEED=N npm test` draws others: what fails then
 * is pinned in its test and mended.
 */
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1) })
