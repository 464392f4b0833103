/**
 * What `vethereal/testing` gives to tests of a user's own: sessions as data, as arbitraries of fast-check, as scripts.
 */
export { IPV4, LINKS, type Subject, session, sessions } from './arbitrary.ts'
export { IPV4_REQUESTS, LINK_REQUESTS, type Maker } from './requests.ts'
export { hasLoop, unsafe } from './safety.ts'
export { Dice, Scene } from './scene.ts'
export { script } from './script.ts'
export { expanded, isRequest, type Session, type Step, type Traffic } from './session.ts'
export { FRAMES, PINGS, type Sender } from './traffic.ts'
