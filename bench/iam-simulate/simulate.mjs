// Ask @cloud-copilot/iam-simulate the questions of a workload (standard input) for some seconds; print the
// median of CPU time, as JSON.
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const workload = JSON.parse(readFileSync(0, 'utf8'))
const seconds = Number(process.argv[2])

const simulations = workload.questions.map((question) => ({
  allowed: question.allowed,
  simulation: {
    request: {
      principal: workload.principal,
      action: question.action,
      resource: { resource: question.resource, accountId: workload.account },
      contextVariables: workload.context
    },
    identityPolicies: workload.policies.map((policy, number) => ({ name: `policy-${number}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: []
  }
}))

let wrong = 0
for (const { allowed, simulation } of simulations) {
  const answer = await runSimulation(simulation, {})
  const said = answer.resultType === 'error' ? undefined : answer.overallResult === 'Allowed'
  if (said !== allowed) wrong += 1
}

const rounds = []
const end = performance.now() + seconds * 1000
while (performance.now() < end || rounds.length < 5) {
  const before = process.cpuUsage()
  for (const { simulation } of simulations) await runSimulation(simulation, {})
  const spent = process.cpuUsage(before)
  rounds.push((spent.user + spent.system) / simulations.length)
}
rounds.sort((a, b) => a - b)
console.log(JSON.stringify({ microseconds: rounds[rounds.length >> 1], wrong }))
