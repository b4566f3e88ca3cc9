"""Context Encoder (Pathak et al., "Context Encoders: Feature Learning by Inpainting", CVPR 2016)."""
