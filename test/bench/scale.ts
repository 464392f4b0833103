/** 50,000 hosts in stars of 64 joined by a spine (stars.ts): built, then each pings one other. */
import { cpuSeconds, type Once, residentBytes } from './harness.ts'
import { Stars } from './stars.ts'

const HOSTS = 50_000

export const scale: Once = {
  name: 'scale',
  unit: 'hosts',
  once() {
    const empty = residentBytes()
    let stars!: Stars
    const build = cpuSeconds(() => {
      stars = new Stars(HOSTS)
    })
    const built = residentBytes()
    let replies = 0
    const run = cpuSeconds(() => {
      stars.settle()
      stars.greet()
      replies = stars.ping()
    })
    if (replies !== HOSTS) throw new Error(`bench: scale: ${replies} replies of ${HOSTS}`)
    return {
      done: HOSTS,
      cpuSeconds: build + run,
      details: {
        buildCpuSeconds: build,
        runCpuSeconds: run,
        bytesPerHostBuilt: Math.round((built - empty) / HOSTS),
        bytesPerHost: Math.round((residentBytes() - empty) / HOSTS),
      },
    }
  },
}
