/**
 * The page's own, which styles that scripts make must carry. A library inside Mantine that stops a page from
 * scrolling behind a dialog looks for it under webpack's name.
 */
export function readNonce(): string {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''
  Object.assign(globalThis, { __webpack_nonce__: nonce })
  return nonce
}
