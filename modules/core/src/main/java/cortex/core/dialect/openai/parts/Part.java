package cortex.core.dialect.openai.parts;

/// What one part asks for: answers to some of the prompts.
///
/// @param prompt the number of its first prompt
/// @param prompts how many prompts it has
/// @param answer the number of its first answer among those to its first prompt
/// @param answers how many answers it asks for to each of its prompts
record Part(int prompt, int prompts, int answer, int answers) {
    /// How many answers it asks for.
    int weight() {
        return prompts * answers;
    }

    /// The number that its first answer has among all, where each prompt has `each`.
    int first(int each) {
        return prompt * each + answer;
    }
}
