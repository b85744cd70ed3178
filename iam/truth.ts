/**
 * Three-valued logic. `'unknown'` is what cannot be decided: an operator that does not exist, a
 * value that cannot be read, a key nobody defined. An Allow applies only when its parts are true,
 * a Deny unless one is false, so whatever is unknown refuses.
 */
export type Truth = boolean | 'unknown'

export function not(truth: Truth): Truth {
  return truth === 'unknown' ? truth : !truth
}

export function every<T>(items: Iterable<T>, test: (item: T) => Truth): Truth {
  let result: Truth = true
  for (const item of items) {
    const truth = test(item)
    if (truth === false) return false
    if (truth === 'unknown') result = truth
  }
  return result
}

export function some<T>(items: Iterable<T>, test: (item: T) => Truth): Truth {
  return not(every(items, (item) => not(test(item))))
}
