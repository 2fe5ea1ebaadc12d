DROP TABLE dialogue_questions;
