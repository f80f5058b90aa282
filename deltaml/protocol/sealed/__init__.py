"""The round of a sealed-model task: weights travel under the owner's Paillier key, both locks hold (design §3).

A trainer whose rows give A and b (Hardy et al., 2017: https://arxiv.org/abs/1711.10677) sends Enc(A w - b + m) with
masks m that only the committee can take off (replicated seeds: Cramer, Damgård and Ishai, TCC 2005). So the owner
decrypts only what is still masked, and the committee removes masks only from what the owner decrypted:

1. members commit and open which blobs they accept, with their masks of random projections (R16a);
2. the owner opens those projections, still masked, with the randomness as proof; who is too long is left out;
3. members post the mask sums of the agreed set; the owner alone can open the sum, and steps;
4. the owner posts the next model, the direction that scores are taken along, and the scores, masked and proven;
5. members post their masks of the scores, open them, vote and reveal.

Whatever is opened is opened modulo 2**128 (`sealing.ring_masks`): a dishonest choice of weights gains 128 bits at most.
"""
