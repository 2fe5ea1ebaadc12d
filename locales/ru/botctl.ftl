## Слова, из которых складываются другие тексты

status-new = Новая
status-assigned = Назначена
status-accepted = Принята
status-on-site = Мастер на месте
status-long-repair = Длительный ремонт
status-closed = Закрыта
status-refused = Отказ

filter-all = Все
filter-new = Новые
filter-assigned = Назначенные
filter-accepted = Принятые
filter-on-site = На месте
filter-long-repair = Длительный ремонт
filter-closed = Закрытые
filter-refused = Отказы

role-admin = администратор
role-dispatcher = диспетчер
role-master = мастер
role-guest = гость

equipment-washing-machine = Стиральные машины
equipment-dryer = Сушильные машины
equipment-oven = Духовой шкаф
equipment-dishwasher = Посудомоечная машина
equipment-coffee-machine = Кофемашина
equipment-refrigerator = Холодильники
equipment-plumbing = Сантехника
equipment-electrical = Электрика
equipment-water-heater = Водонагреватели
equipment-television = Телевизоры
equipment-other = Другое

notice-kind-created = Новые заявки
notice-kind-progress = Шаги мастера: принял, приехал, ремонт
notice-kind-closed = Закрытые заявки и деньги
notice-kind-comment = Комментарии и фото
notice-kind-corrected = Исправления закрытых заявок
notice-kind-deleted = Удалённые заявки
notice-kind-hand-over = Деньги от мастеров

language-name = Русский
review-given = есть
review-missing = нет
value-not-set = не указано
order-number = №{ $id }
orders-count = { $count ->
    [one] { $count } заявка
    [few] { $count } заявки
   *[many] { $count } заявок
}
orders-count-more = { $count } заявок
master-load = { $count ->
    [0] свободен
    [one] { $count } активная заявка
    [few] { $count } активные заявки
   *[many] { $count } активных заявок
}
master-day-visits = { $count ->
    [one] { $count } визит в этот день
    [few] { $count } визита в этот день
   *[many] { $count } визитов в этот день
}

## Команды в меню Telegram

command-start = Начать и показать меню
command-help = Что я умею
command-cancel = Отменить текущее действие
command-order = Показать заявку по номеру
command-find = Найти заявку: номер, телефон, имя, адрес
command-today = Визиты на сегодня

## Знакомство, справка, меню

greeting-user = Здравствуйте, <b>{ $name }</b>! { $count ->
    [one] Ваша роль
   *[other] Ваши роли
}: { $roles }.

    Меню внизу экрана, подсказка по команде /help.
greeting-guest = Здравствуйте, <b>{ $name }</b>!

    Это бот ремонтной службы. Нужен ремонт? Напишите сюда, что сломалось, адрес и телефон, а я передам диспетчеру.
    Работаете у нас? Нажмите «🔑 Попросить доступ». Ваш Telegram ID: <code>{ $id }</code>
help-admin = <b>Администратору</b>
    Всё, что может диспетчер, и ещё:
    • «⋯ Ещё» в карточке — удалить заявку или исправить закрытую; удалённую покажет /order с номером;
    • «{ $users }» — найти любого пользователя, выдать роль или забрать её;
    • «{ $masters }» — решить, кого из добавленных мастеров принять в команду, назначить старшего мастера, уволить мастера;
    • «⚙️ Настройки» — ещё и типы техники.
help-dispatcher = <b>Диспетчеру</b>
    • «{ $create }» — записать заявку со слов клиента;
    • «{ $orders }» — назначить или сменить мастера, перенести визит, поторопить мастера или отметить шаг за него, закрыть заявку или оформить отказ;
    • «⋯ Ещё» в карточке — изменить заявку, добавить комментарий или фото, посмотреть историю, оформить повторный выезд;
    • «🔍 Поиск» или /find — найти заявку по номеру, телефону, имени или адресу (можно просто написать, что ищете); /today — визиты дня по мастерам;
    • перешлите или вставьте сообщение клиента целиком или его контакт: я разберу их в заявку;
    • «{ $masters }» — добавить мастера, включить или отключить его, поставить ему выходной, назначить рабочую группу;
    • «⚙️ Настройки» — язык и уведомления.
    О каждом шаге мастера я напишу вам сам.
help-master = <b>Мастеру</b>
    • новая заявка придёт сообщением с кнопками: примите её или откажитесь;
    • имя и адрес клиента откроются, когда вы примете заявку, телефон — когда отметите, что вы на месте;
    • после работы нажмите «Закрыть»: я спрошу сумму, материалы и отзыв и посчитаю вашу долю;
    • не сможете приехать — «Не смогу», клиент передумал — «Клиент отказался», другое время — «Перенести»;
    • ответьте на карточку текстом, фото или голосовым: я добавлю это к заявке и передам диспетчеру;
    • «📅 Сегодня» — визиты на сегодня со следующим шагом, «{ $orders }» — все ваши заявки, /find — поиск по ним;
    • «{ $settings }» — взять выходной: до его конца новых заявок не будет.
    В рабочей группе заявку покажет команда /order с номером, например /order 12.
help-guest = Нужен ремонт? Напишите сюда, что сломалось, адрес и телефон, а я передам диспетчеру.
    Работаете у нас? Нажмите «🔑 Попросить доступ». Ваш Telegram ID: <code>{ $id }</code>
help-group = В рабочей группе я показываю заявки её мастера. Открыть заявку: /order с номером, например /order 12.
    Мастеру здесь отвечаю и на «📋 Мои заявки» и «📅 Сегодня» (/today).
    Кнопки нажимает сам мастер, за него может и диспетчер. На мои вопросы отвечайте ответом на сообщение. Отменить текущее действие: /cancel
help-footer = /cancel отменяет текущее действие, ничего не сохраняя.
company-information = Этот бот ведёт заявки ремонтной службы: диспетчеры записывают их, мастера выполняют.

    Нужен ремонт? Напишите сюда, что сломалось, адрес и телефон, а я передам диспетчеру.
    Если вы наш мастер или диспетчер, попросите доступ кнопкой ниже. Ваш Telegram ID: <code>{ $id }</code>
company-contact = Напишите сюда, что случилось, а я передам диспетчеру. Ваш Telegram ID: <code>{ $id }</code>
settings-menu = <b>Настройки</b>
    Язык: { $language }

    Выберите язык:
notices-menu = <b>Уведомления</b>
    Нажмите, чтобы включить или выключить. Об отказах мастеров, переносах и недоставленных сообщениях я пишу всегда.
address-from-assigned-done = Мастер видит имя и адрес клиента, как только получил заявку. Телефон, как и раньше, с отметки «Я на месте».
address-from-accepted-done = Мастер видит имя и адрес клиента, когда примет заявку.
rates-title = <b>💵 Ставки: { $name }</b>
    { $state }
rates-line = { $name }: <b>{ $value }</b>
rates-note = Проценты считаются от суммы без материалов. Закрытые заявки остаются со своими ставками.
rates-of-all = все типы техники
rates-types = <b>Ставки по типам техники</b>
    ✏️ — у типа свои ставки. У остальных — общие.
rates-state-own = Заданы здесь.
rates-state-of-all = Действуют общие ставки. Измените любую, и у типа появятся свои.
rates-state-default = Стандартные ставки.
rates-ask = <b>{ $title }</b>
    { $name }: сейчас { $value }. Какой будет?
rates-hint-threshold = Сумма без материалов, с которой доля мастера выше. Например: 7000
rates-hint-share = Доля мастера в процентах, целым числом. Например: 45
rates-hint-bonus = Сколько процентов добавить мастеру. 0 — ничего.
rates-hint-floor = Не меньше скольких процентов получает старший мастер до надбавок. 0 — как все.
rates-hint-cap = Больше этого доля мастера не бывает даже с надбавками. 100 — без предела.
rates-reset-done = Свои ставки убраны.
rate-threshold = Порог
rate-below = До порога
rate-from = От порога
rate-review = За отзыв
rate-out-of-city = За выезд за город
rate-senior-floor = Старшим не меньше
rate-cap = Всего не больше
rate-percent = { $percent } %
equipment-list = <b>Типы техники</b> · { $count }
    Скрытые не предлагаются в новых заявках.
equipment-screen = <b>{ $name }</b>
    Состояние: { $state }
    Место в списке: { $place } из { $total }
equipment-state-offered = предлагается в заявках
equipment-state-hidden = скрыт
equipment-ask-name = Как назвать новый тип техники? Например: Кондиционеры
equipment-ask-rename = Новое название вместо «{ $name }»? В прежних заявках останется старое.
equipment-hidden-done = Тип скрыт.
equipment-shown-done = Тип снова предлагается.
equipment-moved-done = Готово.
language-switched = Теперь я говорю по-русски.
question-none = Сейчас я ни о чём не спрашиваю. Выберите действие в меню внизу.
text-not-understood-staff = Не понимаю, о чём речь, и среди заявок такого не нашёл. Чтобы записать новую, пришлите сообщение клиента целиком, с телефоном. Подсказка: /help
text-not-understood = Не понимаю, о чём речь. Выберите действие в меню внизу или откройте подсказку: /help
command-unknown = Такой команды нет, все команды показывает /help.
command-unknown-dialogue = Такой команды нет. Я жду ответа на последний вопрос; отменить действие: /cancel
command-unknown-group = Такой команды нет. В группе работают /order с номером заявки, /help и /cancel.
error-anonymous-sender = Я не вижу, кто это: вы пишете от имени чата. Отключите анонимность и повторите от своего имени.
content-without-order = Чтобы добавить это к заявке, ответьте на её карточку: подойдут фото, видео, файл или голосовое.
content-without-order-staff = Чтобы добавить это к заявке, ответьте на её карточку: подойдут фото, видео, файл или голосовое. Чтобы начать новую заявку, подпишите фото словами клиента.
content-not-supported = Я понимаю только текст. Пришлите, пожалуйста, текстом.

## Диалоги

step-header = <b>Шаг { $step } из { $total }</b>
dialogue-cancelled = Действие отменено. Ничего не сохранено.
dialogue-none = Отменять нечего.
dialogue-expired = Прошли сутки без ответа, поэтому действие отменено. Ничего не сохранено, можно начать заново.
dialogue-outdated = Бот обновился и не может продолжить это действие. Ничего не сохранено, начните, пожалуйста, заново.
dialogue-pointless = Отвечать на вопрос по заявке №{ $id } больше не нужно: её уже изменил кто-то другой.
dialogue-forbidden = Ваша роль изменилась, поэтому начатое действие отменено. Ничего не сохранено.
dialogue-waiting = Незаконченное действие ждёт вас.
continue-new-order = ↩️ Продолжить заявку
continue-closing = ↩️ Закрыть заявку №{ $id }
continue-reason = ↩️ Причина по заявке №{ $id }
continue-long-repair = ↩️ Длительный ремонт №{ $id }
continue-order = ↩️ Продолжить: заявка №{ $id }
continue-add-master = ↩️ Продолжить: новый мастер
continue-day-off = ↩️ Продолжить: выходной
continue-rate = ↩️ Продолжить: ставка
continue-equipment-name = ↩️ Продолжить: тип техники
continue-work-group = ↩️ Продолжить: рабочая группа
edit-taken = ✏️ Исправлено.
edit-too-late = Правки я учитываю только в последнем ответе на вопрос. Остальное пришлите, пожалуйста, новым сообщением.
text-rest-late = Это конец вашего прошлого сообщения. Он пришёл отдельно, поэтому ни одна часть не засчитана. Пришлите, пожалуйста, ответ ещё раз целиком и покороче.
group-question = { $person }, вопрос к вам.
    { $question }

    Ответьте на это сообщение или нажмите кнопку.
button-not-yours = Этот вопрос не вам, или на него уже ответили.
button-other-step = Эта кнопка от другого шага. Ответьте на последний вопрос.

## Новая заявка

order-ask-equipment = Что нужно починить? Выберите кнопкой.
order-ask-description = Что случилось? Опишите поломку: от { $min } до { $max } символов.
order-ask-client-name = Как зовут клиента?
order-ask-address = Куда ехать? Улица, дом, квартира.
order-ask-phone = Какой телефон у клиента?
    Например: +7 999 123-45-67
order-ask-notes = Что ещё стоит знать мастеру? Код домофона, этаж, собака…
    Если нечего добавить, пропустите шаг.
order-ask-time = Когда клиент ждёт мастера? Например: завтра после 15, пт 10–12, 25.12 в 9:30.
    Если время не важно, пропустите шаг.
order-ask-confirmation = Проверьте, всё ли верно. Нажмите имя мастера, и заявка сразу уйдёт ему. Чтобы исправить поле, нажмите кнопку с его названием.
order-ask-confirmation-alone = Проверьте, всё ли верно. Чтобы исправить поле, нажмите кнопку с его названием.
order-confirm-by-button = Текст на этом шаге я не сохраняю. Чтобы исправить поле, нажмите кнопку с его названием.
order-file-kept = 📎 Файл сохранил, он будет в заявке.
order-name-taken = 👤 Записал имя: { $name }
order-note-taken = 💬 Записал в примечания: { $note }
order-present-answer = Сейчас: { $answer }
client-known = 👤 Этот клиент уже обращался: <b>{ $name }</b>, { $address }
    { $count ->
        [one] { $count } заявка
        [few] { $count } заявки
       *[many] { $count } заявок
    }, последняя — №{ $id } от { $date } ({ $status }).
client-open-order = ⚠️ По этому телефону уже есть открытая заявка: №{ $id }, { $equipment } ({ $status }).
order-creation-title = <b>Новая заявка</b>
order-draft-unfinished = У вас есть незаконченная заявка, продолжаем её. Чтобы начать заново, нажмите «{ $cancel }».
order-recognised = 📋 Разобрал сообщение:
order-recognised-all = 📋 Разобрал сообщение целиком.
order-created = Заявка №{ $id } создана. Назначить мастера сразу?
order-created-assigned = Заявка №{ $id } создана и назначена. Мастер: { $master }

## Что не так с ответом

error-empty = Сообщение пустое. Напишите, пожалуйста, словами.
error-too-short = Слишком коротко: нужно хотя бы { $min ->
    [one] { $min } символ
    [few] { $min } символа
   *[many] { $min } символов
}, а у вас { $actual }.
error-too-long = Слишком длинно: у вас { $actual ->
    [one] { $actual } символ
    [few] { $actual } символа
   *[many] { $actual } символов
}, а помещается { $max }. Сократите, пожалуйста.
error-needs-letter = Одних цифр и знаков мало: нужна хотя бы одна буква.
error-is-phone = Это номер телефона, для него есть отдельный шаг.
error-phone = Не вижу здесь одного номера телефона. Нужны +7 или 8 и ещё десять цифр, например: +7 999 123-45-67
error-equipment = Нажмите, пожалуйста, одну из кнопок.
error-not-percent = Нужно целое число процентов от 0 до 100, например: 45
error-rate-above = До порога доля не может быть выше, чем от порога ({ $percent } %): иначе за больший заказ мастер получит меньше.
error-rate-below = От порога доля не может быть ниже, чем до порога ({ $percent } %): иначе за больший заказ мастер получит меньше.
error-amount-not-a-number = Не похоже на сумму. Напишите цифрами, например: 5000, 5 000,50 или 5 тыс
error-amount-decimals = После запятой — не больше двух цифр. Тысячи отделяйте пробелом, например: 5 000
error-amount-too-large = Слишком большая сумма. Максимум: { $max }
error-amount-ambiguous = Не понял: это одна сумма или две? Напишите каждую без пробелов внутри, например: 3500 500
error-amount-negative = Сумма не может быть меньше нуля. Если денег не было, напишите 0.
error-materials-exceed = Материалы ({ $materials }) не могут стоить больше всей суммы ({ $total }).
error-promised-date = Не понимаю день. Выберите кнопкой или напишите, например: завтра, пт, 25.12
error-promised-too-early = Самый ранний день — завтра.
error-promised-too-late = Слишком далеко: обещать можно не больше чем на { $days } дней вперёд.
error-visit-past = Это время уже прошло. Выберите другое.
error-yes-no = Ответьте «да» или «нет» — кнопкой или словом.
error-not-skippable = Этот шаг пропустить нельзя.
error-confirm = Нажмите кнопку: подтвердить, вернуться или отменить.

## Назначение мастера

assign-ask-master = Какому мастеру назначить заявку №{ $id }? Рядом с именем — сколько у мастера активных заявок.
reassign-ask-master = Какому мастеру передать заявку №{ $id }? Рядом с именем — сколько у мастера активных заявок.
assign-no-masters = Назначить заявку №{ $id } пока некому: нет принятых и включённых мастеров. Добавьте мастера в разделе «{ $masters }».
reassign-no-masters = Передать заявку №{ $id } пока некому: других принятых и включённых мастеров нет.
assigned-done = Заявка №{ $id } назначена. Мастер: { $master }
reassigned-done = Заявка №{ $id } передана. Мастер: { $master }
unassigned-done = Мастер снят с заявки №{ $id }. Она снова новая.

## Шаги мастера: ответ ему

accepted-done = Вы приняли заявку №{ $id }. Имя и адрес клиента — в карточке.
decline-ask-reason = Почему вы отказываетесь от заявки №{ $id }? Напишите коротко или пропустите.
declined-done = Вы отказались. Заявка №{ $id } вернулась диспетчеру.
decline-ask-reason-for-master = Почему мастер отказался от заявки №{ $id }? Напишите коротко или пропустите.
declined-for-master-done = Отказ мастера записан. Заявка №{ $id } снова новая.
hand-back-ask-reason = Почему вы не сможете приехать по заявке №{ $id }? Напишите коротко: диспетчер прочтёт это сразу.
hand-back-ask-reason-for-master = Почему мастер не сможет приехать по заявке №{ $id }? Напишите коротко.
handed-back-done = Заявка №{ $id } вернулась диспетчеру, он уже знает.
client-decline-ask-reason = Почему клиент отказался от ремонта по заявке №{ $id }? Например: дорого, передумал.
client-declined-done = Записал отказ клиента по заявке №{ $id }.
for-master-done = Отмечено за мастера. Заявка №{ $id }: { $status }
on-site-done = Отметил, что вы на месте по заявке №{ $id }. Телефон клиента — в карточке.
back-on-site-done = Отметил, что вы снова на месте по заявке №{ $id }.
long-repair-title = <b>Длительный ремонт, заявка №{ $id }</b>
long-repair-ask-date = Когда клиент получит технику обратно? Выберите день или напишите, например: пт, 25.12
long-repair-promised = Обещано: { $date }
long-repair-weekend = ⚠️ Это выходной. Если ошиблись, вернитесь на шаг назад.
long-repair-far-ahead = ⚠️ Это больше трёх месяцев. Если ошиблись, вернитесь на шаг назад.
long-repair-ask-parts = Какие запчасти нужны? Если не знаете, пропустите.
long-repair-paid = Клиент уже внёс: { $amount }
long-repair-ask-prepayment = Сколько предоплаты клиент внёс сейчас? Если нисколько, пропустите.
long-repair-done = Отметил длительный ремонт по заявке №{ $id }. Обещано: { $date }
reschedule-ask = На когда перенести визит по заявке №{ $id }? Выберите или напишите, например: пт после 15, 25.12 10–12.
reschedule-present = Сейчас: { $visit }
rescheduled-done = Визит по заявке №{ $id } перенесён: { $visit }
visit-overlap = ⚠️ В это же время у мастера заявка №{ $id } ({ $visit }){ $count ->
    [0] .
   *[other] {" "}и ещё { $count }.
}
client-waiting-done = Отправлено мастеру: { $master }

## Закрытие

close-title = <b>Закрываем заявку №{ $id }</b>
close-ask-total = Сколько клиент заплатил всего, вместе с материалами? Если ничего, напишите 0.
    Материалы можно назвать сразу: 3500 500
close-ask-total-staff = Сколько клиент заплатил всего, вместе с материалами? Если ничего, напишите 0. Если сумма неизвестна, пропустите.
    Материалы можно назвать сразу: 3500 500
close-paid-before = Предоплату { $amount } тоже включите в эту сумму.
close-ask-materials = Сколько из этой суммы ушло на материалы? Если их не было, нажмите «Без материалов».
close-ask-review = Клиент оставил отзыв?
close-ask-out-of-city = Работа была за городом?
close-check = Всё верно? Проверьте и закройте заявку.
close-ask-refusal = Сумма небольшая. Может быть, клиент отказался от ремонта? Тогда нажмите «Это отказ».
close-rates-changed = Ставки только что изменились, поэтому доли другие.
error-close-check = Нажмите «Закрыть заявку» или то, что нужно изменить.
button-out-of-city = За городом
button-in-city = В городе
button-close-order-now = ✅ Закрыть заявку
button-close-as-refusal = 🚫 Это отказ
button-change-total = ✏️ Сумма
button-change-materials = ✏️ Материалы
button-change-review = ✏️ Отзыв
button-change-out-of-city = ✏️ За городом
closed-done = Заявка №{ $id } закрыта. Спасибо за работу!
closed-done-staff = Заявка №{ $id } закрыта.
closed-without-amounts-done = Заявка №{ $id } закрыта, суммы не указаны.
money-total = Сумма: <b>{ $amount }</b>
money-materials = Материалы: { $amount }
money-net = Чистыми: { $amount }
money-master = Доля мастера: <b>{ $amount }</b>
money-company = Доля компании: { $amount }
money-review = Отзыв: { $answer }
money-out-of-city = За городом: { $answer }

## Отказ и возврат заявки

refuse-ask-reason = По какой причине отказ по заявке №{ $id }? Напишите коротко или пропустите.
refused-done = По заявке №{ $id } оформлен отказ.
reopened-done = Заявка №{ $id } снова новая.

## Почему действие не прошло

refusal-status-new = Эта заявка ещё никому не назначена.
refusal-status-assigned = Эта заявка уже назначена и ждёт ответа мастера.
refusal-status-accepted = Эта заявка уже принята.
refusal-status-on-site = По этой заявке мастер уже на месте.
refusal-status-long-repair = По этой заявке идёт длительный ремонт.
refusal-status-closed = Эта заявка уже закрыта.
refusal-status-refused = По этой заявке уже оформлен отказ.
refusal-assign = Назначить мастера можно только на новую заявку.
refusal-reassign = Сменить мастера можно, только пока заявка у него.
refusal-unassign = Снять мастера можно, только пока заявка у него.
refusal-accept = Принять можно только заявку, которая ждёт ответа мастера.
refusal-decline = Отказаться можно только до того, как заявка принята.
refusal-decline-accepted = Не можете поехать? Нажмите «Не смогу».
refusal-hand-back = Сообщить «не смогу» можно по принятой заявке, пока вы не на месте.
refusal-client-decline = Записать отказ клиента можно, когда мастер уже на месте.
refusal-reason-missing = Нужна причина. Начните, пожалуйста, заново.
refusal-told-just-now = Мастер уже получил это меньше пяти минут назад.
refusal-on-site = Отметиться на месте можно после того, как заявка принята.
refusal-long-repair = Отметить длительный ремонт можно у принятой заявки.
refusal-close-before-on-site = Закрыть её можно после того, как вы отметитесь на месте.
refusal-reopen = Вернуть в работу можно только заявку с отказом.
refusal-no-right = На это у вас нет прав.
refusal-order-not-found = Такой заявки нет.
refusal-master-not-found = Такого мастера нет.
refusal-master-takes-no-orders = Этому мастеру сейчас нельзя назначить заявку: он отключён или ещё не принят в команду.
refusal-master-has-day-off = У этого мастера выходной. Выберите другого или сначала завершите выходной в его профиле.
refusal-same-master = Эта заявка и так у этого мастера.
refusal-unknown-person = Этого человека я ещё не знаю. Попросите его нажать /start в этом боте и попробуйте снова.
refusal-already-master = Этот человек уже мастер.
refusal-no-such-equipment = Такого типа техники нет.
refusal-equipment-exists = Тип техники с таким названием уже есть.
refusal-rates-changed = Ставки только что изменил другой администратор. Откройте их заново.
refusal-balance-changed = Баланс мастера только что изменился: возможно, деньги уже записал кто-то другой. Проверьте сумму.
refusal-no-such-hand-over = Этой записи больше нет.
refusal-too-many-equipment-types = Типов техники уже слишком много. Переименуйте один из скрытых.
refusal-master-has-open-orders = У этого мастера ещё { $count ->
    [one] { $count } открытая заявка
    [few] { $count } открытые заявки
   *[other] { $count } открытых заявок
}. Сначала передайте их другим мастерам.
refusal-never-a-master = У этого пользователя ещё нет телефона и специализации мастера. Добавьте его в разделе «👥 Мастера».
refusal-last-admin = Это единственный администратор. Сначала назначьте другого.
refusal-own-admin-role = Забрать роль администратора у самого себя нельзя. Это может сделать другой администратор.
refusal-master-has-orders = У этого мастера есть заявки, поэтому убрать его нельзя. Его можно отключить.

## Уведомления диспетчеру

notice-created = 🆕 Новая заявка №{ $id }: { $about }
    Кто создал: { $by }
notice-created-assigned = 🆕 Новая заявка №{ $id }: { $about }
    Кто создал: { $by }. Мастер: { $master }
notice-accepted = 👍 Заявка №{ $id } принята. Мастер: { $master }
notice-declined = 👎 От заявки №{ $id } отказались, она снова новая. Мастер: { $master }
notice-handed-back = 🆘 Мастер не сможет приехать, заявка №{ $id } снова новая. Мастер: { $master }
notice-client-declined = 🚫 Клиент отказался по заявке №{ $id }. Мастер: { $master }
notice-reason = Причина: { $reason }
notice-by-staff = Отмечено за мастера. Кто: { $person }
notice-rescheduled = 🕒 Визит по заявке №{ $id } перенесён: { $visit }
notice-rescheduled-from = Было: { $visit }
notice-rescheduled-by = Кто перенёс: { $person }
notice-assigned-staff = 📨 Заявка №{ $id } назначена. Мастер: { $master }
    Кто назначил: { $person }
notice-reassigned-staff = 🔄 Заявка №{ $id } передана. Мастер: { $master }
    Кто передал: { $person }
notice-unassigned-staff = ↩️ Мастер снят с заявки №{ $id }, она снова новая. Мастер: { $master }
    Кто снял: { $person }
notice-reopened-staff = ♻️ Заявка №{ $id } снова в работе.
    Кто вернул: { $person }
notice-on-site = 📍 На месте по заявке №{ $id }. Мастер: { $master }
notice-back-on-site = 📍 Снова на месте по заявке №{ $id }. Мастер: { $master }
notice-long-repair = ⏳ Длительный ремонт по заявке №{ $id }. Мастер: { $master }
notice-long-repair-until = ⏳ Длительный ремонт по заявке №{ $id }, обещано: { $date }. Мастер: { $master }
notice-refused-staff = 🚫 По заявке №{ $id } оформлен отказ.
notice-closed = 🏁 Заявка №{ $id } закрыта. Мастер: { $master }
notice-closed-without-master = 🏁 Заявка №{ $id } закрыта.
notice-closed-without-amounts = Суммы не указаны.

## Уведомления мастеру

notice-assigned = 📨 Новая заявка №{ $id } для вас
notice-assigned-group = 📨 Новая заявка №{ $id }. Мастер: { $master }
notice-reassigned = Заявка №{ $id } передана другому мастеру. Вам по ней больше ничего делать не нужно.
notice-unassigned = Вас сняли с заявки №{ $id }. Вам по ней больше ничего делать не нужно.
notice-refused = По заявке №{ $id } оформлен отказ. Вам по ней больше ничего делать не нужно.
notice-refused-reason = По заявке №{ $id } оформлен отказ. Вам по ней больше ничего делать не нужно.
    Причина: { $reason }
notice-closed-by-staff = Заявка №{ $id } закрыта. Вам по ней больше ничего делать не нужно.
notice-for-master = ✍️ Заявка №{ $id }: { $status }
    Отмечено за вас. Кто: { $person }
notice-client-waiting = ⏰ <b>Клиент ждёт!</b> Заявка №{ $id }. Примите её или откажитесь.
notice-client-waiting-phone = ⏰ <b>Клиент ждёт!</b> Заявка №{ $id }
    📞 { $phone }
notice-for-master-declined = вы от неё отказались
group-notice = { $person }
    { $notice }
card-unassigned = Заявка №{ $id } больше не у вас.
card-declined = Вы отказались от заявки №{ $id }.
card-handed-back = Вы вернули заявку №{ $id } диспетчеру.
card-client-declined = По заявке №{ $id } клиент отказался.

## Карточка и списки заявок

card-title = { $emoji } <b>Заявка №{ $id }</b> · { $status }
card-equipment = 🔧 { $equipment }
card-description = 📝 { $description }
card-client = 👤 { $name }
card-address = 📍 { $address }
card-phone = 📞 { $phone }
card-notes = 💬 { $notes }
card-time = 🕒 { $time }
card-promised = 📅 Обещано: { $date }
card-parts = 🔩 Запчасти: { $parts }
card-prepayment = 💵 Предоплата: { $amount }
card-refuse-reason = 🚫 Причина: { $reason }
visit-after = { $day }, после { $time }
visit-before = { $day }, до { $time }
visit-not-understood = День и время я не разобрал, поэтому передам мастеру эти слова как есть.
weekday-mon = пн
weekday-tue = вт
weekday-wed = ср
weekday-thu = чт
weekday-fri = пт
weekday-sat = сб
weekday-sun = вс
card-files = 📎 { $count }
card-master = 👷 Мастер: { $master }
card-no-master = 👷 Мастер не назначен
card-created = Создана { $date }
card-updated = Изменена { $date }
card-hidden-client = Имя и адрес клиента откроются, когда вы примете заявку.
card-hidden-phone = Телефон откроется, когда вы отметите, что вы на месте.
orders-overview = <b>Все заявки</b> · { $count }
    Какие показать?
orders-header = <b>{ $filter }</b> · { $count }
my-orders-header = <b>Мои заявки</b> · { $count }
list-page = Страница { $page } из { $pages }
orders-empty = <b>{ $filter }</b>

    Здесь пока пусто.
orders-pick-day = За какой день показать визиты?
orders-pick-master = Чьи заявки показать?
my-orders-empty = Сейчас у вас нет заявок.
my-closed-header = <b>Мои закрытые заявки</b> · { $count }
my-closed-empty = Закрытых заявок у вас пока нет.
client-header = 👤 <b>{ $name }</b> · { $phone }
    { $count }
client-paid = Закрыто с суммой: { $count }, всего { $sum }
age-minutes = { $count } мин
age-hours = { $count } ч
age-days = { $count } дн.

## Визиты дня

my-day-header = 📅 <b>{ $day }</b>
my-day-empty = На сегодня визитов нет.
my-day-superseded = 📅 Список дня теперь ниже.
my-day-withdrawn = 📅 Этот список больше не для вас.
my-day-more = … и ещё { $count }: они в «📋 Мои заявки»
my-day-overdue = ⚠️ <b>День визита прошёл</b>
my-day-undated = 🕓 <b>Время не назначено</b>
day-visit = <b>{ $visit }</b>
day-plan-header = 📅 <b>{ $day }</b> · { $count ->
    [one] { $count } визит
    [few] { $count } визита
   *[many] { $count } визитов
}
day-plan-empty = На этот день визитов нет.
day-plan-master = 👷 <b>{ $master }</b>
day-plan-unassigned = ❗ <b>Без мастера</b>
day-plan-visit = • { $visit }
day-plan-overlap = ⚠️ { $visit } · не успеть
day-plan-gap = ┄ свободно { $from }–{ $until }
day-today = сегодня
day-tomorrow = завтра
time-after = после { $time }
time-before = до { $time }
time-any = весь день
order-usage = Напишите номер заявки после команды, например: /order 12
order-wrong-group = Заявка №{ $id } не для этой группы.

## Поиск

search-ask = 🔍 Что найти? Напишите номер заявки, телефон или несколько его цифр, имя, адрес или слово из описания.

    Например: Баумана 70
search-ask-in-draft = 🔍 Черновик останется на месте. Напишите, что найти, после команды, например: <code>/find Баумана 70</code>
search-usage = Напишите номер заявки, несколько цифр телефона или хотя бы две буквы имени, адреса или описания, например: <code>/find Баумана 70</code>
search-header = 🔍 <b>{ $query }</b> · { $count }
search-header-more = 🔍 <b>{ $query }</b> · больше { $count } заявок

    Показываю { $count } самых новых. Чтобы сузить поиск, добавьте ещё слово.
search-nothing = 🔍 <b>{ $query }</b>

    Ничего не нашлось. Я ищу по номеру заявки, имени, адресу, описанию и любой части телефона; большие буквы и «ё» не важны. Попробуйте короче или другим словом.
search-nothing-master = 🔍 <b>{ $query }</b>

    Среди ваших заявок ничего не нашлось. Я ищу по номеру, описанию, имени и адресу принятых заявок, а когда вы на месте — и по телефону.
search-incomplete = Старые заявки ещё добавляются в поиск. Если нужной нет, повторите через несколько минут.
search-forgotten = Этот поиск был слишком давно. Начните новый.

## Мастера

masters-menu = <b>Мастера</b>
    Всего: { $total }
    Работают: { $active }
    Ждут решения: { $pending }
masters-header-all = <b>Все мастера</b> · { $count }
masters-header-pending = <b>Ждут решения</b> · { $count }
masters-empty = Мастеров пока нет. Добавьте первого кнопкой ниже.
masters-empty-pending = Никто не ждёт решения.
master-state-active = работает
master-state-inactive = отключён
master-state-pending = ждёт решения
master-state-dismissed = уволен
master-state-day-off = 🌴 выходной, снова на работе { $until }
master-title = 👷 <b>{ $name }</b>
master-username = @{ $username }
master-id = Telegram ID: <code>{ $id }</code>
master-phone = Телефон: { $phone }
master-specialization = Что чинит: { $specialization }
master-state = Состояние: { $state }
master-senior = ⭐ Старший мастер
master-group = Рабочая группа: { $group }
master-no-group = Рабочая группа: нет, заявки приходят лично
master-active-orders = Сейчас: { $load }
master-since = Добавлен: { $date }
master-approved-done = Мастер принят в команду: { $name }
master-rejected-done = Мастер не принят в команду: { $name }
master-activated-done = Мастер включён и снова получает заявки: { $name }
master-deactivated-done = Мастер отключён от новых заявок: { $name }. Начатые остаются за ним.
master-senior-done = Теперь старший мастер: { $name }
master-not-senior-done = Больше не старший мастер: { $name }
master-dismissed-done = Мастер уволен: { $name }. Его заявки и деньги остались в истории.
master-dismissed-group = Рабочая группа отвязана.
dismissal-ask = Уволить мастера? Имя: { $name }
    Новых заявок он не получит, старых больше не увидит, рабочая группа будет отвязана. История и деньги останутся. Позже его можно вернуть.
dismissal-orders = <b>{ $name }</b>: { $count ->
    [one] { $count } открытая заявка
    [few] { $count } открытые заявки
   *[other] { $count } открытых заявок
}
    Прежде чем уволить мастера, передайте его открытые заявки другим. Нажмите заявку и выберите, кто её возьмёт.
dismissal-no-orders = <b>{ $name }</b>: открытых заявок нет.
notice-master-dismissed = Вы больше не в команде мастеров, и заявки вам больше не видны. Спасибо за работу! Если это ошибка, напишите администратору.
notice-master-senior = ⭐ Теперь вы старший мастер.
notice-master-not-senior = Вы больше не старший мастер.
notice-added-approved = ✅ Мастера, которого вы добавили, приняли в команду: { $name }. Ему уже можно назначать заявки.
notice-added-rejected = 🚫 Мастера, которого вы добавили, не приняли в команду: { $name }
day-off-ask = До какого дня у мастера выходной? Имя: { $name }
    Нажмите кнопку или напишите день, когда он снова работает, например: пт, 25.12
day-off-ask-own = До какого дня у вас выходной?
    Нажмите кнопку или напишите день, когда снова работаете, например: пт, 25.12
day-off-not-understood = Не понимаю, какой это день, или он уже прошёл.
day-off-own = 🌴 У вас выходной. Снова на работе: { $until }. До этого новых заявок не будет, а те, что есть, остаются у вас.
day-off-own-over = Выходной закончился: вы снова получаете новые заявки.
day-off-of-master = 🌴 У мастера выходной. Имя: { $name }. Снова на работе: { $until }
day-off-of-master-over = Мастер снова получает заявки. Имя: { $name }
day-off-done = Готово.
notice-master-approved = Вас приняли в команду мастеров. Новые заявки я пришлю сюда.
notice-master-rejected = В команду мастеров вас не приняли. Если это ошибка, напишите администратору.
notice-master-activated = Вас снова включили: новые заявки я пришлю сюда.
notice-master-deactivated = Вас отключили от новых заявок. Начатые остаются за вами.
notice-master-pending = 👷 Новый мастер ждёт решения. Принять его в команду?
notice-master-added = Вас добавили в команду мастеров. Новые заявки я пришлю сюда, меню уже внизу экрана.
notice-master-added-pending = Вас добавили мастером. Когда администратор примет решение, я сообщу.

add-master-title = <b>Новый мастер</b>
add-master-ask-person = Кто это? Пришлите его Telegram ID, перешлите любое его сообщение или поделитесь контактом.
    Сначала он должен нажать /start в этом боте.
add-master-ask-phone = Какой телефон у мастера?
    Например: +7 999 123-45-67
add-master-ask-specialization = Что он чинит? Например: стиральные машины, духовые шкафы.
add-master-ask-confirmation = Проверьте, всё ли верно.
add-master-summary = 👷 { $name }
    Telegram ID: <code>{ $id }</code>
    📞 { $phone }
    🔧 { $specialization }
add-master-not-an-id = Не похоже на Telegram ID: он состоит только из цифр, например 123456789. Можно и переслать сообщение этого человека.
add-master-hidden-sender = Этот человек скрывает свой аккаунт в пересланных сообщениях. Пришлите его Telegram ID или контакт.
add-master-not-a-person = Это сообщение канала или группы. Перешлите сообщение самого человека или пришлите его Telegram ID.
add-master-contact-without-id = В этом контакте нет Telegram ID. Пришлите ID или перешлите сообщение этого человека.
add-master-done-pending = Мастер добавлен: { $name }. Заявки можно будет назначать, когда администратор примет его в команду. Я уже отправил запрос.
add-master-done = Мастер добавлен: { $name }. Заявки можно назначать уже сейчас.

work-group-ask = Какая группа будет рабочей? Мастер: { $name }
    Добавьте меня в неё, затем выберите её кнопкой внизу или пришлите её ID.
    Если мастер работает в одной теме группы, пришлите ссылку на тему.
    Пропустите шаг, чтобы заявки приходили мастеру лично.
work-group-ask-master = Меня добавили в группу «{ $group }». Чья это рабочая группа?
work-group-waits = Выбор рабочей группы подождёт.
work-group-no-masters = Меня добавили в группу «{ $group }», но привязать её пока не к кому: нет принятых и включённых мастеров. Добавьте мастера в разделе «{ $masters }», затем нажмите в его профиле «💬 Рабочая группа».
work-group-added-by-master = Мастер добавил меня в группу «{ $group }». Мастер: { $name }
    Сделать её рабочей группой? Тогда его заявки будут приходить туда.
work-group-advice = Здравствуйте! Чтобы заявки приходили в эту группу, её привязывает к мастеру диспетчер: «👥 Мастера» → профиль мастера → «💬 Рабочая группа».
work-group-back = Я снова здесь. Мастер этой группы: { $master }
    Показать заявку: /order с номером.
work-group-set = Мастер: { $name }. Заявки теперь приходят в группу { $group }.
    Я написал туда. Если сообщение не дойдёт, отвяжу группу и сразу скажу об этом.
work-group-cleared = Готово. Мастер: { $name }. Заявки приходят лично.
work-group-not-a-group = Не вижу здесь группы: её ID начинается с минуса, например -1001234567890. Проще выбрать её кнопкой внизу.
work-group-forward-without-group = В этом пересланном сообщении не указано, из какой оно группы. Выберите группу кнопкой внизу или пришлите её ID.
work-group-is-channel = Это канал: его читают подписчики. Рабочей может быть только группа.
work-group-topic = { $group }, тема { $topic }
work-group-title = «{ $title }»
work-group-announcement = Теперь это рабочая группа. Мастер: { $master }
    Его заявки приходят сюда. Показать заявку: /order с номером.

## Пользователи без роли

company-phone = 📞 { $phone }
access-exists = У вас уже есть доступ, меню внизу экрана.
access-no-admins = Пока некому открыть доступ: ни один администратор ещё не запускал бота. Попробуйте позже.
access-asked = Запрос отправлен администраторам. Когда они решат, я сообщу.
access-waiting = Запрос уже у администраторов. Напомнить можно через сутки после запроса.
access-rejected-lately = На прошлый запрос администратор ответил отказом. Попросить снова можно после { $time }.
access-request = 🔑 <b>Просит доступ</b>
access-became-dispatcher = ✅ Теперь диспетчер. Кто решил: { $person }
access-became-master = ✅ Теперь мастер. Кто добавил: { $person }
access-rejected = 🚫 Отказано. Кто решил: { $person }
access-decided-before = Решение уже принято. Кто решил: { $person }
notice-access-dispatcher = Доступ открыт: теперь вы диспетчер. Меню внизу экрана, подсказка по команде /help.
notice-access-rejected = Администратор не открыл вам доступ. Если это ошибка, позвоните ему.
person-name = 👤 { $name }
quoted-text = «{ $text }»
stranger-message = ✉️ <b>Пишет новый человек</b>
stranger-message-taken = ✍️ Оформляет заявку: { $person }
stranger-message-gone = Этого сообщения у меня уже нет. Перешлите его мне, и я разберу.
stranger-message-draft-open = Сначала закончите или отмените начатую заявку.
stranger-relayed = Спасибо! Передал ваше сообщение диспетчеру, он свяжется с вами.
stranger-relayed-before = Прошлое ваше сообщение уже у диспетчера. Следующее передам после { $time }.

## Пользователи и роли

users-all = Все
users-admins = Администраторы
users-dispatchers = Диспетчеры
users-masters = Мастера
users-guests = Без роли
users-header = <b>Пользователи: { $filter }</b> · { $count }
users-empty = <b>Пользователи: { $filter }</b>

    Пока никого.
users-ask-query = Кого найти? Пришлите имя, @username, Telegram ID или телефон мастера либо перешлите сообщение этого человека.
users-found = <b>{ $query }</b> · { $count }
users-nothing-found = <b>{ $query }</b>: никого не нашлось. Попробуйте написать иначе; найти можно только тех, кто уже писал боту.
user-title = 👤 <b>{ $name }</b>
user-roles = { $count ->
    [one] Роль
   *[other] Роли
}: { $roles }
user-configured = ⚙️ Задано в настройках сервера: { $roles }. Забранная роль вернётся со следующим его сообщением или при перезапуске; чтобы забрать её совсем, уберите ID оттуда.
user-since = Впервые написал: { $date }
user-created-orders = Принято заявок от клиентов: { $count }
user-as-master = <b>Как мастер</b>: { $state }
user-master-orders = Сейчас: { $load } · закрыто: { $closed }
role-granted-done = Роль выдана: { $role }
role-revoked-done = Роль забрана: { $role }
role-revoked-configured = Роль забрана: { $role }. Но она задана в настройках сервера и вернётся со следующим сообщением пользователя или при перезапуске; уберите ID оттуда.
notice-role-granted = У вас новая роль: { $role }. Меню внизу экрана, что умею — /help.
notice-role-revoked = У вас больше нет роли: { $role }. Меню внизу экрана изменилось.

## Кнопки под сообщениями

button-assign = 👷 Назначить мастера
button-reassign = 🔄 Сменить мастера
button-unassign = ↩️ Снять мастера
button-close = 🏁 Закрыть
button-refuse = 🚫 Отказ
button-reopen = ♻️ Вернуть в работу
button-open-order = 👁 Открыть заявку
button-all-orders = 📋 Все заявки
button-search-new = 🔍 Искать ещё
button-search-new-order = ➕ Новая заявка с этим телефоном
button-client-orders = 👤 Заявки клиента
button-back-to-list = ⬅️ К списку
button-back-to-order = ⬅️ К заявке №{ $id }
button-pick-day = 📅 День
button-pick-master = 👷 Мастер
button-any-day = Все дни
button-any-master = Все мастера
button-my-closed = 🏁 Мои закрытые
button-as-list = 📋 Списком
button-day-plan = 📅 День по мастерам
button-accept = ✅ Принять
button-decline = ❌ Отказаться
button-on-site = 📍 Я на месте
button-back-on-site = 📍 Снова на месте
button-long-repair = ⏳ Длительный ремонт
button-tomorrow = Завтра, { $date }
button-in-days = Через { $count } дня, { $date }
button-in-a-week = Через неделю, { $date }
button-in-two-weeks = Через две недели, { $date }
button-hand-back = 🆘 Не смогу
button-client-declined = 🚫 Клиент отказался
button-master-accepted = ✅ Мастер принял
button-master-declined = ❌ Мастер отказался
button-master-on-site = 📍 Мастер на месте
button-master-back-on-site = 📍 Мастер снова на месте
button-more = ⋯ Ещё
button-reschedule = 🕒 Перенести
button-client-waiting = ⏰ Клиент ждёт
button-today-hours = Сегодня { $hours }
button-tomorrow-hours = Завтра { $hours }
button-notices = 🔔 Уведомления
button-address-from-assigned = 🏠 Адрес мастеру: сразу
button-address-from-accepted = 🏠 Адрес мастеру: после принятия
button-rates = 💵 Ставки
button-rates-by-type = 🔧 По типам техники
button-rates-reset = ↩️ Убрать свои ставки
button-equipment-types = 🔧 Типы техники
button-equipment-add = ➕ Добавить тип
button-equipment-rename = ✏️ Переименовать
button-equipment-hide = 🙈 Скрыть
button-equipment-show = 👁 Показывать
button-equipment-up = ⬆️ Выше
button-equipment-down = ⬇️ Ниже
button-create = ✅ Создать
button-create-without-master = ✅ Создать без мастера
button-other-masters = 👥 Другие мастера
button-keep = ✔ Оставить
button-open-order-number = 👁 Заявка №{ $id }
button-field-equipment = ✏️ Тип
button-field-description = ✏️ Поломка
button-field-phone = ✏️ Телефон
button-field-name = ✏️ Имя
button-field-address = ✏️ Адрес
button-field-notes = ✏️ Примечания
button-field-time = ✏️ Время
button-no-materials = 🔩 Без материалов
button-review-yes = 👍 Да
button-review-no = 👎 Нет
button-masters-all = 👥 Все мастера
button-masters-pending = ⏳ Ждут решения
button-master-add = ➕ Добавить мастера
button-settlement = 💰 Расчёты
button-masters-back = ⬅️ Мастера
button-take-back = ↩️ Вернуть в команду
button-senior = ⭐ Сделать старшим
button-not-senior = ☆ Больше не старший
button-dismiss = 🚪 Уволить
button-confirm-dismissal = 🚪 Да, уволить
button-open-master = 👷 Профиль мастера
button-make-master = ➕ Добавить мастером
button-grant-role = ➕ Выдать роль: { $role }
button-revoke-role = ➖ Забрать роль: { $role }
button-find-user = 🔍 Найти пользователя
button-users-back = ⬅️ Пользователи
button-day-off = 🌴 Выходной
button-day-off-over = ▶️ Завершить выходной
button-day-off-today = Сегодня
button-day-off-tomorrow = Сегодня и завтра
button-day-off-monday = До понедельника
button-day-off-week = Неделя
button-approve = ✅ Принять в команду
button-reject = 🚫 Не принимать
button-activate = ▶️ Включить
button-deactivate = ⏸ Отключить
button-work-group = 💬 Рабочая группа
button-link-group = 💬 Сделать рабочей группой
button-pick-group = 💬 Выбрать группу
button-ask-access = 🔑 Попросить доступ
button-access-dispatcher = 🎧 Сделать диспетчером
button-access-master = 👷 Сделать мастером
button-access-reject = 🚫 Отказать
button-message-to-order = ➕ Создать заявку

## Кнопки и сбои

error-private-chat-only = Это работает только в личном чате со мной: здесь всё видит вся группа.
error-button-outdated = Эта кнопка устарела. Откройте меню или заявку заново.
error-button-unknown = Эта кнопка больше не работает. Откройте меню заново: /start
error-flood = Слишком много сообщений подряд. Подождите несколько секунд и повторите последнее.
error-internal = Извините, произошёл сбой. Ничего не изменилось. Попробуйте ещё раз чуть позже.
notice-delay = ⏳ Ответ займёт больше времени, чем обычно. Ничего не потеряно, повторять не нужно.
notice-bot-stopping = 🛑 Бот останавливается. Новые сообщения он обработает после запуска.
notice-backup-failed = ⚠️ Резервная копия базы не создана: { $reason }
    Подробности: botctl status
notice-backup-hook-failed = ⚠️ Резервная копия создана, но команда после неё не выполнена: { $reason }
    Подробности: botctl logs tail --level error
notice-undelivered = ⚠️ Карточка заявки №{ $id } не доставлена мастеру: { $reason }
    Позвоните мастеру или назначьте другого.
notice-work-group-unlinked = ⚠️ Рабочая группа { $group } оказалась каналом: его читают подписчики. Она отвязана. Мастер: { $name }. Заявки теперь приходят лично.
notice-link-failed = ⚠️ Группа { $group } отвязана: { $reason }
    Мастер: { $name }. Заявки снова приходят лично. Исправьте это и привяжите группу ещё раз.
undelivered-blocked = мастер заблокировал бота.
undelivered-deactivated = аккаунт мастера в Telegram удалён.
undelivered-not-started = мастер не нажал «Старт» в чате с ботом.
undelivered-removed = бота удалили из рабочей группы.
undelivered-no-group = рабочей группы нет, или бот в ней не состоит.
undelivered-channel = рабочая группа оказалась каналом: его читают подписчики.
undelivered-topic-closed = тема в рабочей группе закрыта.
undelivered-no-topic = темы в рабочей группе больше нет.
undelivered-no-rights = боту нельзя писать в рабочую группу. Разрешить может её администратор.
undelivered-restricted = в рабочей группе запрещены такие сообщения.
undelivered-unreachable = Telegram долго не отвечал.
undelivered-other = Telegram отвечает «{ $reason }».

## Изменения заявки
field-equipment = Тип техники
field-description = Описание
field-client-name = Имя клиента
field-address = Адрес
field-phone = Телефон
field-notes = Примечание
field-total = Сумма
field-materials = Материалы
field-review = Отзыв
field-master = Мастер
field-master-share = Доля мастера
field-company-share = Доля компании
field-prepayment = Предоплата
field-visit = Визит
field-promised = Обещано
edit-menu = <b>Заявка №{ $id }</b>
    Что изменить?
edit-ask = <b>Заявка №{ $id } · { $field }</b>
    Сейчас: { $old }

    Напишите, как должно быть.
edit-ask-choice = <b>Заявка №{ $id } · { $field }</b>
    Сейчас: { $old }

    Выберите кнопкой.
edit-ask-first = <b>Заявка №{ $id } · { $field }</b>
    Сейчас не указано. Напишите, как должно быть.
edit-done = ✏️ <b>Заявка №{ $id } · { $field }</b>
    { $change }
edit-unchanged = В заявке №{ $id } так и было. Ничего не изменилось.
change-values = Было: { $old }
    Стало: { $new }
change-added = Стало: { $new }
change-removed = Убрано: { $old }
notice-edited = ✏️ Заявка №{ $id } изменена: { $field }. Новое значение в карточке.
notice-edited-value = ✏️ Заявка №{ $id } изменена. { $field }: { $new }
comment-ask = Что добавить к заявке №{ $id }? Напишите комментарий или пришлите фото, видео, файл, голосовое.
comment-done = 💬 Добавлено к заявке №{ $id }.
comment-unsupported = Такое к заявке не добавить. Пришлите текст, фото, видео, файл или голосовое.
notice-comment = 💬 Заявка №{ $id } · { $author }
    { $text }
notice-files = 📎 Заявка №{ $id } · { $author }
    { $count ->
        [one] { $count } файл
        [few] { $count } файла
       *[many] { $count } файлов
    }
comments-title = <b>Заявка №{ $id }: комментарии и файлы</b> · { $count }
comments-empty = К заявке №{ $id } пока ничего не добавили.
comment-file = Заявка №{ $id } · { $author }
history-title = <b>История заявки №{ $id }</b>
history-author = <b>{ $date }</b> · { $author }
history-date = <b>{ $date }</b>
history-created = 🆕 Заявка создана
history-status = { $from } → { $to }
history-for-master = за мастера: { $master }
history-note = «{ $note }»
history-change = { $field }
    { $change }
history-cleared = Убрано: { $values }
history-comment = 💬 { $text }
history-deleted = 🗑 Удалена. Причина: { $reason }
history-restored = ↩️ Восстановлена
history-client-waiting = Мастеру сообщили, что клиент ждёт
history-repeated = 🔁 Повторный выезд: заявка №{ $id }
delete-ask-reason = Почему удаляем заявку №{ $id }? Напишите причину, хотя бы 3 символа.
delete-confirm = Удалить заявку №{ $id }? Она пропадёт из всех списков, сумм и поиска. Восстановить её сможет администратор.
    Причина: { $reason }
deleted-done = 🗑 Заявка №{ $id } удалена.
deleted-title = 🗑 <b>Заявка №{ $id } удалена</b>
deleted-when = Удалена { $date }
deleted-reason = Причина: { $reason }
card-deleted = 🗑 Заявка №{ $id } удалена.
notice-deleted = 🗑 Заявка №{ $id } удалена. Вам по ней больше ничего делать не нужно.
notice-deleted-closed = 🗑 Ваша закрытая заявка №{ $id } удалена и больше не входит в суммы.
notice-deleted-reason = 🗑 Заявка №{ $id } удалена.
    Причина: { $reason }
restored-done = Заявка №{ $id } восстановлена.
notice-restored = ↩️ Заявка №{ $id } восстановлена.
repeat-ask = <b>Повторный выезд по заявке №{ $id }</b>
    В прошлый раз: { $description }

    Что случилось теперь?
card-repeat-of = 🔁 Повторный выезд по заявке №{ $id }
card-repeats = 🔁 Повторные выезды: { $numbers }
correct-title = <b>Исправляем закрытую заявку №{ $id }</b>
correct-ask-master = Кто выполнил заявку №{ $id }?
notice-corrected = ✏️ Закрытая заявка №{ $id } исправлена.
notice-not-master-of-record = ✏️ Закрытая заявка №{ $id } записана на другого мастера.
card-reason = 💭 Причина: { $reason }
card-comments = 💬 { $count }
refusal-order-not-closed = Это можно сделать только с закрытой заявкой.
refusal-order-not-deleted = Эта заявка не удалена.
refusal-amounts-missing = Сначала укажите сумму.
button-review-was-left = 👍 Отзыв есть
button-review-was-not-left = 👎 Отзыва нет
button-remove-value = 🗑 Убрать
button-edit = ✏️ Изменить
button-edit-more = ✏️ Изменить ещё
button-comment = 💬 Комментарий
button-comments = 📎 Фото и комментарии ({ $count })
button-history = 🕓 История
button-delete = 🗑 Удалить
button-restore = ↩️ Восстановить
button-repeat = 🔁 Повторный выезд
button-correct = ✏️ Исправить

## Примечания заявок из более поздних версий прежнего бота

later-promised = Обещано: { $value }
later-prepayment = Предоплата: { $value } ₽
later-out-of-city = За городом
later-reschedules = Переносов: { $value }
later-rescheduled-at = Перенесено: { $value }
later-reschedule-reason = Причина переноса: { $value }

reports-menu = 📊 <b>Отчёты</b>

    Что показать? Начну с этого месяца, период можно сменить под отчётом.
reports-ask-dates = За какие дни? Напишите первый и последний, например «1.11 – 15.11» или «с 25 декабря по 10 января». Одна дата — отчёт за один день.
reports-dates-not-understood = Не понимаю эти даты. Напишите первый и последний день, например «1.11 – 15.11».
report-title = 📊 <b>{ $report }</b>
report-master-title = 👤 <b>{ $name }</b>
report-empty = За эти дни ничего нет.
report-line = <b>{ $name }</b>
report-counts = новых { $created } · закрыто { $closed } · отказов { $refused }
report-money = оборот { $gross } · чистыми { $net }
report-shares = мастеру { $master } · компании { $company }
report-without-amounts = закрыто без сумм: { $count }
report-reason = { $reason }: { $count }
report-refused-total = <b>Всего отказов: { $count }</b>
report-order = №{ $id } { $equipment } · { $outcome }
report-order-closed = { $amount }
report-order-without-amounts = закрыта без суммы
report-order-refused = отказ
report-order-created = не закрыта в эти дни
report-total = <b>Итого</b>
report-gross = Оборот: { $amount }
report-materials = Материалы: { $amount }
report-net = Чистыми: { $amount }
report-master-share = Мастерам: { $amount }
report-company-share = Компании: { $amount }
report-average = Средний чек: { $amount }
report-conversion = Закрыто из завершённых: { $percent } %
report-reviews = Отзывов: { $count }
report-no-master = Без мастера
report-no-type = Без типа
report-no-dispatcher = Без диспетчера
report-no-reason = Причина не указана
report-active-title = 🔧 <b>Заявки в работе</b> · { $count }
report-kind-masters = Мастера
report-kind-types = Техника
report-kind-statuses = Статусы
report-kind-dispatchers = Диспетчеры
report-kind-reasons = Отказы
report-kind-days = По дням
report-kind-orders = Заявки
period-today = Сегодня
period-yesterday = Вчера
period-this-week = Эта неделя
period-last-week = Прошлая неделя
period-this-month = Этот месяц
period-last-month = Прошлый месяц
period-this-year = Этот год
period-all = Всё время
own-statistics-title = 📊 <b>Моя статистика</b>
own-statistics-closed = закрыто { $count } ({ $former } { $before })
own-statistics-share = моя доля { $share } ({ $former } { $before })
own-statistics-yesterday = вчера
own-statistics-last-week = на прошлой неделе
own-statistics-last-month = в прошлом месяце
own-statistics-others = отказов { $refused } · отзывов { $reviews }
sheet-created = Новые
sheet-closed = Закрыто
sheet-refused = Отказы
sheet-without-amounts = Без сумм
sheet-gross = Оборот
sheet-materials = Материалы
sheet-net = Чистыми
sheet-master-share = Доля мастеров
sheet-company-share = Доля компании
sheet-average = Средний чек
sheet-conversion = Закрыто из завершённых
sheet-reviews = Отзывы
sheet-total = Итого
sheet-number = №
sheet-status = Статус
sheet-type = Техника
sheet-master = Мастер
sheet-dispatcher = Диспетчер
sheet-created-at = Создана
sheet-closed-at = Завершена
chart-money-line = { $amount } · { $count }
chart-company-part = { $period } · тёмное — доля компании
chart-others = Остальные ({ $count })
chart-gross = Оборот, ₽
chart-closed = Закрыто заявок
chart-thousands = { $count } тыс.
button-report-chart = 📈 График
button-report-workbook = 📎 Excel
button-report-active = 🔧 В работе
button-report-dates = 📅 Две даты
button-report-masters = ⬅️ Все мастера
button-reports-back = ⬅️ Отчёты

## Напоминания по часам

reminder-unanswered = ⏰ Заявка №{ $id } ждёт вашего ответа уже { $age }. Примите её или откажитесь.
reminder-unanswered-staff = ⏰ Мастер не ответил на заявку №{ $id } за { $age }. Мастер: { $master }
reminder-unanswered-day-off = ⏰ Заявка №{ $id } назначена мастеру, у которого выходной. Мастер: { $master }
reminder-unassigned = ⏰ Заявка №{ $id } без мастера уже { $age }.
reminder-visit = 🕒 Скоро визит по заявке №{ $id }: { $visit }
reminder-promised-today = 📅 Сегодня обещанный срок по заявке №{ $id }.
reminder-promised-past = 📅 Срок по заявке №{ $id } прошёл: обещали { $date }.
reminder-master = Мастер: { $master }
reminder-header = ⏰ <b>Напоминания</b>
reminder-row-unanswered = ⏰ №{ $id } · ждёт вашего ответа { $age }
reminder-row-unanswered-staff = ⏰ №{ $id } · мастер не ответил за { $age }
reminder-row-day-off = ⏰ №{ $id } · у мастера выходной
reminder-row-unassigned = 🆕 №{ $id } · без мастера { $age }
reminder-row-visit = 🕒 №{ $id } · скоро визит: { $visit }
reminder-row-promised = 📅 №{ $id } · обещали { $date }
time-limit-header = ⏱ <b>Заявки слишком долго в одном статусе</b>
time-limit-row = { $emoji } №{ $id } · { $status } · { $age }
notice-job-failed = ⚠️ Задача по расписанию «{ $job }» не выполнена: { $reason }
notice-dead-letters = ⚠️ Не доставлено сообщений: { $count }. Посмотреть их: botctl outbox list --dead

## Сводки

summary-day-header = 📊 <b>Сводка за вчера, { $day }</b>
summary-today-header = <b>Сегодня, { $day }</b>
summary-period-header = 📊 <b>Сводка: { $from } — { $to }</b>
summary-orders = Новых: { $created } · закрыто: { $closed } · отказов: { $refused }
summary-money = Оплачено: { $gross }, материалы: { $materials }
summary-shares = Мастерам: { $masters }, компании: { $company }
summary-without-amounts = Закрыто без сумм: { $count }
summary-open = Открытых заявок: { $count }
summary-status = { $emoji } { $name }: { $count }
summary-visits = Визитов сегодня: { $count }
summary-no-visits = Визитов сегодня нет.
summary-any-time = в течение дня
summary-without-master = без мастера
summary-masters-header = <b>По мастерам</b>
summary-master = закрыто { $closed }, оплачено { $gross }, компании { $company }

## Сводка дня

button-dashboard-on = 📌 Закрепить сводку дня
button-dashboard-off = 📌 Убрать сводку дня
dashboard-switched-on = Сводка закреплена и обновляется каждый час
dashboard-switched-off = Сводка дня убрана
dashboard-header = 📌 <b>Сводка дня, { $day }</b>
dashboard-unanswered = <b>Ждут ответа мастера: { $count }</b>
dashboard-unanswered-row = • №{ $id } · { $age }
dashboard-all-answered = Все мастера ответили.
dashboard-updated = Обновлено в { $time }
dashboard-off = 📌 Сводка дня выключена. Включить её можно в настройках.

## Settlement with masters.

settlement-title = 💰 <b>Расчёты с мастерами</b>
settlement-empty = Сейчас никто ничего не должен.
settlement-line = { $name }: { $amount }
settlement-waits = ⏳ { $line }
settlement-disputed = ❗ { $line }
settlement-total = <b>Всего: { $amount }</b>
balance-title = 💰 <b>{ $name }</b>
balance-own-title = 💰 <b>Мой баланс</b>
balance-debt = Должен компании: { $amount }
balance-credit = Компания должна мастеру: { $amount }
balance-own-debt = К сдаче: { $amount }
balance-own-credit = Компания должна вам: { $amount }
balance-even = Всё сдано, долгов нет.
balance-open = ⏳ №{ $id }: { $amount }, ждём ответа мастера
balance-disputed = ❗ №{ $id }: { $amount }, мастер не согласен: { $reason }
balance-no-entries = Записей пока нет.
balance-last-entries = <b>Последние записи</b>
entry-line = { $day } · { $name }: { $amount }
entry-of-order = { $name } №{ $id }
entry-prepayment = Предоплата по заявке
entry-closing = Закрытие заявки
entry-correction = Исправление заявки
entry-deletion = Удаление заявки
entry-restoration = Восстановление заявки
entry-refusal = Отмена по заявке
entry-hand-over = Деньги сданы
entry-reversal = Отмена сдачи денег
button-take-cash = 💵 Принять деньги
button-statement = 📄 Выписка
button-own-balance = 💰 Мой баланс
button-open-balance = 💰 Баланс
button-reverse-hand-over = ↩️ Отменить №{ $id }: { $amount }
button-whole-balance = 💵 Всё: { $amount }
button-confirm-hand-over = ✅ Подтвердить
button-dispute-hand-over = ✋ Не так
cash-ask-amount = Сколько денег сдал мастер { $name }?
cash-ask-note = { $name }: { $amount }. Напишите заметку или пропустите.
cash-booked = ✅ Записано: { $name }, { $amount }. Ждём подтверждения мастера.
cash-ask-master = 💵 Записано, что вы сдали { $amount }. Всё верно?
error-cash-zero = Сумма должна быть больше нуля.
hand-over-note = Заметка: { $note }
hand-over-reason = Мастер пишет: { $reason }
hand-over-ask-dispute = Что не так с записью на { $amount }? Напишите, например, сколько вы сдали.
hand-over-open = Эта запись ждёт ответа мастера.
hand-over-confirmed = Эта запись уже подтверждена.
hand-over-disputed = О том, что запись неверна, уже сообщили.
hand-over-reversed = Эта запись отменена.
hand-over-confirmed-done = ✅ Спасибо! Вы подтвердили, что сдали { $amount }.
hand-over-disputed-done = ✋ Передали: с записью на { $amount } вы не согласны. Её проверят.
hand-over-reversed-master = ↩️ Запись о том, что вы сдали { $amount }, отменена.
notice-hand-over-booked = 💵 { $name }: принято { $amount }
notice-hand-over-confirmed = ✅ { $name }: мастер подтвердил { $amount }
notice-hand-over-disputed = ❗ { $name }: мастер не согласен с записью на { $amount }
notice-hand-over-reversed = ↩️ { $name }: запись на { $amount } отменена
notice-unasked-hand-over = ⚠️ { $name }: сообщение о { $amount } не доставлено, { $reason } Деньги записаны, но подтвердить их мастер не может.
continue-take-cash = ▶️ Принять деньги
continue-dispute = ▶️ Что не так с деньгами
statement-title = 📄 <b>Выписка: { $name }</b>
    { $period }
statement-opening = На начало: { $amount }
statement-closing = <b>На конец: { $amount }</b>
statement-hidden = …и ещё { $count } записей раньше: все они в файле.
statement-file = Выписка { $name } { $period }
sheet-entry-date = Дата
sheet-entry = Запись
sheet-entry-order = Заявка
sheet-entry-amount = Сумма
sheet-entry-balance = Остаток
sheet-entry-note = Заметка
sheet-opening-balance = На начало
sheet-closing-balance = На конец
