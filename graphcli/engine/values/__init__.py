"""What the engine passes around: checkpoints, tasks, results, questions, answers. All plain."""
