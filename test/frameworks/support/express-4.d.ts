/** Express 4 has no types of its own; what is used of it here is as in Express 5. */
declare module 'express-4' {
  export { default } from 'express'
}
