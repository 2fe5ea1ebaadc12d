//! Whether words are the name of a person. Only what is certain counts: what is not recognised is asked for.

/// Common first names and their short forms, in lower case.
const FIRST_NAMES: &str = "
    александр саша александра алексей лёша леша алёна алена алина алиса алла альбина анастасия настя анатолий толя андрей
    анжела анна аня антон арина аркадий армен арсений артём артем артур богдан борис боря вадим валентин валентина валерий
    валерия валера варвара василий вася василиса вениамин вера вероника виктор витя виктория вика виталий владимир вова
    володя владислав влад всеволод вячеслав слава галина галя геннадий гена георгий герман глеб григорий гриша давид даниил
    данил дарья даша денис диана дина динара дмитрий дима евгений женя евгения егор екатерина катя елена лена елизавета лиза
    ефим жанна захар зинаида зоя иван ваня игорь илья ильдар инга инна иннокентий ирина ира камилла карина кирилл клавдия
    константин костя кристина ксения лариса лев леонид лёня лидия лида лилия любовь люба людмила люда майя макар максим макс
    маргарита рита марина мария маша марат матвей михаил миша надежда надя наталья наталия наташа никита николай коля нина
    оксана олег олеся ольга оля павел паша полина пётр петр петя раиса рамиль регина ренат римма родион роза роман рома
    ростислав руслан рустам светлана света семён семен сергей серёжа софия софья станислав стас степан таисия тамара тарас
    татьяна таня тимофей тимур ульяна фарид фёдор федор филипп эдуард элина эльвира эльдар эмма юлия юля юрий юра яков ян яна
    ярослав
    adam alan alex alexander alice amy andrew ann anna anne anthony barbara ben bob brian carol charles chris daniel david
    diana donald dorothy edward elena elizabeth emily emma eric frank gary george grace harry helen henry irene ivan jack
    jacob james jane jason jennifer jessica jim john john joseph julia karen kate kevin larry laura linda lisa lucy maria mark
    martin mary max michael mike nancy natalie nick nicholas nina oliver olga patricia paul peter philip rachel richard
    robert robin roger rose sam samuel sara sarah scott sophia stephen steve steven susan thomas tim tom victor victoria
    vera walter william";

/// The longest name in words: surname, first name, father's name.
const MAX_WORDS: usize = 3;
/// How a father's name ends.
const PATRONYMIC_ENDINGS: [&str; 5] = ["ович", "евич", "ична", "овна", "евна"];

/// Whether a text is the name of a person and nothing else: one of its one to three words is a common first name, and the
/// others begin with a capital letter.
pub(crate) fn is_person_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_word = |word: &&str| word.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'');
    let is_capital = |word: &&str| word.starts_with(char::is_uppercase);
    let has_name = words.iter().any(|word| is_first_name(word));
    (1..=MAX_WORDS).contains(&words.len())
        && has_name
        && words.iter().all(is_word)
        && words.iter().all(|word| is_capital(word) || is_first_name(word) || is_patronymic(word))
}

fn is_first_name(word: &str) -> bool {
    let word = word.to_lowercase();
    FIRST_NAMES.split_whitespace().any(|name| name == word)
}

fn is_patronymic(word: &str) -> bool {
    let word = word.to_lowercase();
    PATRONYMIC_ENDINGS.iter().any(|ending| word.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_certain_names_are_names() {
        for name in
            ["Анна", "анна", "Анна Петровна", "Иванова Анна Петровна", "анна петровна", "Ann O'Test", "Пётр"]
        {
            assert!(is_person_name(name), "{name}");
        }
        for other in [
            "",
            "Ленина",
            "Звонить вечером",
            "Анна не может",
            "Анна, сын",
            "доб. 12",
            "Анна 5",
            "Хозяйка Анна Петровна Иванова",
            "квартира",
        ] {
            assert!(!is_person_name(other), "{other}");
        }
    }
}
