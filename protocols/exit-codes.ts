/** How the processes of the project end, where others go by it. */

/** A camera peer whose machine was removed from the ring: starting it again does not help. */
export const REMOVED_EXIT_CODE = 3
