/** How much of something there is: usually, and in `npm run test:faults`. */
export const sized = (usual: number, long: number): number => (process.env.PALISADE_FAULTS === 'long' ? long : usual);
