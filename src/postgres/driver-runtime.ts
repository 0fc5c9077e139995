/**
 * Has to be loaded before the driver. That looks for Cloudflare by `navigator`, and where that is missing (Node 20) by
 * making a `Response`, which loads all of `fetch`: some 20 ms of every start. Later versions of Node have this property.
 */
if (!('navigator' in globalThis)) {
  Object.defineProperty(globalThis, 'navigator', {
    value: { userAgent: `Node.js/${process.versions.node.split('.')[0] ?? ''}` },
    configurable: true,
  })
}
