//! `botctl`: one binary with which one person runs a repair company's Telegram bot.

pub mod bot;
pub mod config;
pub mod courier;
pub mod db;
pub mod domain;
pub mod sandbox;
pub mod service;
pub mod telegram;
pub mod telemetry;
