/**
 * The `pg` driver. Everything in this folder takes it from here, so that what it looks for when it is loaded is there.
 */
import './driver-runtime.js'
import pg from 'pg'

export default pg
