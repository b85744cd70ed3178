import type { CallEvent } from '../calls/call-event.ts'
import { type Fault, operationsOf, type Where } from './fault.ts'

/** A fault on request and what it has met. */
export interface FaultRule {
  id: string
  fault: Fault
  /** Calls that it was about, struck or not. */
  matched: number
  struck: number
}

/** What decides: the event as it is before the call is carried out. */
export type Facts = Pick<
  CallEvent,
  'eventSource' | 'eventName' | 'awsRegion' | 'userIdentity' | 'requestParameters'
>

/**
 * Which rule strikes this call, if any, and all rules with their counts afterwards. Every rule that
 * the call is about counts it, and the first that is due strikes: what one rule does never shifts
 * which call another one meets.
 */
export function decideFault(
  rules: readonly FaultRule[],
  facts: Facts,
): { struck: FaultRule | undefined; rules: FaultRule[] } {
  let struck: FaultRule | undefined
  const after = rules.map((rule) => {
    if (!isAbout(rule.fault, facts)) return rule
    const counted = { ...rule, matched: rule.matched + 1 }
    if (struck || !isDue(rule)) return counted
    struck = { ...counted, struck: rule.struck + 1 }
    return struck
  })
  return { struck, rules: after }
}

function isDue({ fault, matched, struck }: FaultRule): boolean {
  return matched >= (fault.skip ?? 0) && struck < (fault.times ?? Number.POSITIVE_INFINITY)
}

function isAbout(fault: Fault, facts: Facts): boolean {
  const { service, operation = facts.eventName, where = {} } = fault
  if (facts.eventSource !== `${service}.amazonaws.com`) return false
  if (facts.eventName !== operation) return false
  if (operationsOf[fault.kind]?.test(facts.eventName) === false) return false
  return isWhere(where, facts)
}

function isWhere(where: Where, { awsRegion, userIdentity, requestParameters }: Facts): boolean {
  const { externalId, roleArn, bucketName, key = '' } = requestParameters
  const same = (wanted: string | undefined, is: string | undefined) =>
    wanted === undefined || wanted === is
  return (
    isExternalId(where.externalId, externalId) &&
    same(where.roleArn, roleArn) &&
    same(where.bucket, bucketName) &&
    same(where.region, awsRegion) &&
    same(where.principalArn, userIdentity.arn) &&
    key.startsWith(where.keyPrefix ?? '')
  )
}

function isExternalId(wanted: Where['externalId'], sent: string | undefined): boolean {
  if (wanted === undefined) return true
  if (wanted === null) return sent === undefined
  return typeof wanted === 'string' ? sent === wanted : sent !== wanted.not
}
