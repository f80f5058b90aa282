"""Fixed keys of 2048 bits, so that no test waits for primes. Never use them for anything else."""

from deltaml.sealing import OwnerKey


def number(*parts: str) -> int:
    return int("".join(parts), 16)


_ALICE_P = number(
    "cdd9da6e75f3de6a1b02e674580cf44c8ff267bd1a396a1221939123118644b2fe79f9209454dd57a4aa343f9d2a17a1f54b",
    "53274fb71b2c9840a752e6941d8da678f6525fe0a119116b0e8d576ba5e2aec7775255897b2753eccbe66b18e94f4958826c",
    "7b5619580e9ac77b4582054e5264f285b91d1158be81cf2cc77a2c31",
)
_ALICE_Q = number(
    "c92c41d9304330c72b35699a4dbc2a75019aeb80c257ebee8e9c00a00d424c9d1867e49a57dbd07fa2e9d20d8eeee049bfc3",
    "cde52a1679d580a48d9c4a416f12fafa5565bd93ab1cd9ad5cab3a30b8e09ef8d39c9465fbfc0f0feeaef42c4e06b9fbd81f",
    "daf73ff5fd19ada472bdecfaf5fe06b6e3c0e72fbff966de1079de23",
)
ALICE = OwnerKey(_ALICE_P, _ALICE_Q)
"""The model owner of most tests."""

_BOB_P = number(
    "cd660a5fd84aeb61777134d8006d4e44aa2a4c3d94c8f9a4a1c0efa977a4adc754fde9390ae70684eb33c2f5f663f6adff4e",
    "d380a3a917b453bf3109a13e7c4c523f386ca7ac6808b638c8bef26df047ff5fa73ef337a31bcc86d4354b35778c93e1f4e9",
    "54ccb5c693574c1464b559bd302302ad4da82ace516eaff4509cb49d",
)
_BOB_Q = number(
    "d98ebd80ebc8c7f98961c43e811d51e6b33ea2240fd842c72ce9ec2be697f552ac94af2d6e4b13df7dcb8a99ca1703937300",
    "cbbb74baa0804ae3ef07d119e828f2d9e23c49b7547dd09b58975a039d92def959b956881c15f838d5ac1c5415e76353a900",
    "aca14f4f74d7e45f45204155ce8334d1ff62e7bdbddbd7a1b4e4c955",
)
BOB = OwnerKey(_BOB_P, _BOB_Q)
"""Somebody else."""

_SMOOTH_P = number(
    "fdd15d9491bc50c3502359c4aa56e6b6d1a7ca12932cbb51df5ee4d00a8e3fd6c7827f70a8d6a2ecef5a5b14d735793012ca",
    "c65a8570aadf4d3119bca6032008f392c2a5dc4e827b7d40394a93b401d9e63bd7643a9200836ed8291ab7e7958d3ff79f26",
    "b2157ad15f2208d3ca7ecc717635172237372eec2e255e41e5c31933",
)
_SMOOTH_Q = number(
    "cc8a34fc7cdd902044a57c2858d96a732984c339d311cc7a06b362935c68b59dc970fd16e79ec881dc6a897099bd47b8e7fd",
    "baa0c5e7014890af5d6d10e5631655f77d681bb1e224a29f7911b7180e17136148e47dc189b799b64659aeb0b51f5b8c667f",
    "038ba912629ab70e22bd527a5580aaec4b79417fde869c294bf604af",
)
SMOOTH = OwnerKey(_SMOOTH_P, _SMOOTH_Q)
"""An owner who takes discrete logarithms: p - 1 and q - 1 have distinct prime factors below 2000 only."""

HIDDEN_FACTORS = (
    1007749,
    1048433,
    999169,
    842981,
    1040029,
    920833,
    997391,
    1021651,
    996263,
    967961,
    823547,
    952379,
    1032721,
    791629,
    966233,
    840223,
)
HIDDEN_COFACTOR = number(
    "2d168b61ebb8e046150de431f56b2f98e0a1dc389c8db7358d643a061bba1b49121eeea2c81a0b2fbd4726790b0b10e5f1d5",
    "ce052fb6747eabbcc05f0a76a84a18c0209a05ec54c4c557309d5e04b3fffbb496dd60eae381fcc07a5bda8ecd178b01115a",
    "72c433f19605ec9787b824cc2de3b0602e4bd3208dc9c7183139675a016a849e8cd51f24620bed7e767d0fa7415b261260c1",
    "efc8f8010767eb9fb58c683e5e79b808f229a4f4df91825eb011983a11ded729f7209ea98ab794b874ec489d0365f8dec57a",
    "b01acc76ce11ae14368866024d0fe8ec5",
)
"""A prime q with all HIDDEN_FACTORS dividing q - 1: their product times q passes every check but `verify_key`."""

SQUARED_PRIME = number(
    "74d95bdc24f37a836e75f3f3c7930e85e9cf5817a51b7da4faabd5dd1375fa99dfb83cf2e03b2ea33da00dc9cc7523e00102",
    "6ed8c0598b9fcfc6892aa83b6500eaccca4cccafda8fe265bce47851f3a83438b6b6c45",
)
OTHER_PRIME = number(
    "e8b9b326a5a5947f78f9935802a45cd96ee64358091b22d272c54f08b016b42a8b1194a4aa4eec5136e78738d51495ed43b0",
    "a95cc72d1d3c5835e6ce6a85b669581af5be79df860462c8fe9fa2820db5e163933708d",
)
"""SQUARED_PRIME**2 * OTHER_PRIME passes every check but `verify_key` too."""
