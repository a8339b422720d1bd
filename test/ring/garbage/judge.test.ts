import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { FILE_CLOCK_LAG_MS, judge, type PartitionFacts } from '../../../ring/garbage/judge.ts'

const test = suite('judge')
const NOW = 1_000_000_000
const facts = (fields: Partial<PartitionFacts>): PartitionFacts => ({ kept: [['a', NOW - 500_000]], needed: new Set(), suspects: new Map(), renewed: new Set(), nowMs: NOW, quietUntilMs: NOW, graceMs: 100_000, ...fields })

test('what nothing needs becomes a suspect now, however old its file is', () => {
  assert.deepEqual(judge(facts({})), { suspects: new Map([['a', NOW]]), ripe: [] })
})

test('a suspect is ripe when its whole grace is over', () => {
  assert.deepEqual(judge(facts({ suspects: new Map([['a', NOW - 99_999]]) })).ripe, [])
  assert.deepEqual(judge(facts({ suspects: new Map([['a', NOW - 100_000]]) })).ripe, ['a'])
})

test('what is needed again, or written while any write is under way, is no suspect', () => {
  const suspects = new Map([['a', NOW - 200_000]])
  assert.equal(judge(facts({ suspects, needed: new Set(['a']) })).suspects.size, 0)
  assert.equal(judge(facts({ suspects, quietUntilMs: NOW - 500_000 + FILE_CLOCK_LAG_MS })).suspects.size, 0)
})

test('what was written or asked for again after it was suspected begins its grace anew', () => {
  const suspects = new Map([['a', NOW - 200_000]])
  assert.deepEqual(judge(facts({ suspects, kept: [['a', NOW - 200_000 - FILE_CLOCK_LAG_MS]] })), { suspects: new Map([['a', NOW]]), ripe: [] })
  assert.deepEqual(judge(facts({ suspects, renewed: new Set(['a']) })), { suspects: new Map([['a', NOW]]), ripe: [] })
})

test('a suspicion from the future, of a clock that was set back, begins anew', () => {
  assert.deepEqual(judge(facts({ suspects: new Map([['a', NOW + 1]]) })), { suspects: new Map([['a', NOW]]), ripe: [] })
})

test('what is only remembered, without a file, waits its grace as well', () => {
  assert.deepEqual(judge(facts({ kept: [['a', undefined]] })), { suspects: new Map([['a', NOW]]), ripe: [] })
  assert.deepEqual(judge(facts({ kept: [['a', undefined]], suspects: new Map([['a', NOW - 100_000]]) })).ripe, ['a'])
})

test('whatever happens in whatever order, nothing is ripe that was needed, written or renewed within its grace', () => {
  const random = generator(7)
  for (let run = 0; run < 300; run++) {
    const graceMs = 1_000 + Math.floor(random() * 20_000)
    let suspects = new Map<string, number>()
    let nowMs = NOW
    const written = new Map<string, number>()
    const lastMs = new Map<string, number>()
    for (let step = 0; step < 40; step++) {
      nowMs += Math.floor(random() * 8_000)
      const names = ['a', 'b', 'c', 'd', 'e']
      const needed = new Set(names.filter(() => random() < 0.2))
      const renewed = new Set<string>()
      for (const name of names) {
        if (random() > 0.15 && written.has(name)) continue
        if (written.has(name)) renewed.add(name)
        written.set(name, nowMs)
      }
      for (const [name, atMs] of written) if (needed.has(name) || atMs === nowMs) lastMs.set(name, nowMs)
      nowMs += 100
      const verdict = judge({ kept: written, needed, suspects, renewed, nowMs, quietUntilMs: nowMs, graceMs })
      for (const name of verdict.ripe) assert.ok(nowMs - (lastMs.get(name) ?? 0) >= graceMs, `${name} in run ${run}`)
      for (const name of verdict.suspects.keys()) assert.ok(!needed.has(name))
      suspects = verdict.suspects
    }
  }
})

test.run()

function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}
