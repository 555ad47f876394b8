//! What each vendor documents of its sending interface.

pub(crate) const TWILIO: &str =
    "auth_token = \"t\"\naccount_sid = \"AC1\"\nfrom = \"+15550000001\"\napi_url = \"VENDOR\"";
pub(crate) const ANDROID: &str =
    "signing_key = \"k\"\nusername = \"u\"\npassword = \"p\"\napi_url = \"VENDOR/v1\"";

/// Kind, settings, the vendor's documented success, and what its documentation wants to see in the request.
pub(crate) type Documented = (&'static str, &'static str, (u16, &'static str), &'static [&'static str]);
pub(crate) const VENDORS: &[Documented] = &[
    (
        "twilio",
        TWILIO,
        (201, r#"{"sid":"SM1","status":"queued"}"#),
        &[
            "POST /2010-04-01/Accounts/AC1/Messages.json",
            "authorization: Basic QUMxOnQ=",
            "To=%2B8613900000001",
            "From=%2B15550000001",
            "Body=%E5%B7%B2%E6%94%B6%E5%88%B0+1234",
            "StatusCallback=https%3A%2F%2Ft.example%2Fsms%2Fmain%2Fstatus%3Fref%3D",
        ],
    ),
    (
        "vonage",
        "signature_secret = \"s\"\napi_key = \"ak\"\napi_secret = \"as\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (200, r#"{"message-count":"1","messages":[{"status":"0","message-id":"0A1"}]}"#),
        &[
            "POST /sms/json",
            "api_key=ak&api_secret=as",
            "to=8613900000001",
            "type=unicode",
            "client-ref=",
            "callback=",
        ],
    ),
    (
        "vonage-messages",
        "signature_secret = \"s\"\napi_key = \"ak\"\napi_secret = \"as\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (202, r#"{"message_uuid":"u-1"}"#),
        &[
            "POST /v1/messages",
            "authorization: Basic YWs6YXM=",
            r#""channel":"sms""#,
            r#""to":"8613900000001""#,
        ],
    ),
    (
        "plivo",
        "auth_token = \"t\"\nauth_id = \"MA1\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (202, r#"{"message_uuid":["pu-1"],"api_id":"x"}"#),
        &[
            "POST /v1/Account/MA1/Message/",
            "authorization: Basic TUExOnQ=",
            r#""dst":"8613900000001""#,
            r#""method":"POST""#,
        ],
    ),
    (
        "messagebird",
        "signing_key = \"k\"\naccess_key = \"acc\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (201, r#"{"id":"mb-1"}"#),
        &[
            "POST /messages",
            "authorization: AccessKey acc",
            r#""recipients":["8613900000001"]"#,
            r#""datacoding":"unicode""#,
        ],
    ),
    (
        "bird",
        "signing_key = \"k\"\naccess_key = \"acc\"\nworkspace_id = \"w\"\nchannel_id = \"c\"\napi_url = \"VENDOR\"",
        (202, r#"{"id":"bird-1"}"#),
        &[
            "POST /workspaces/w/channels/c/messages",
            "authorization: AccessKey acc",
            r#""identifierValue":"+8613900000001""#,
        ],
    ),
    (
        "infobip",
        "path_secret = \"s\"\napi_key = \"key\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (200, r#"{"messages":[{"messageId":"ib-1","status":{"groupId":1,"name":"PENDING_ACCEPTED"}}]}"#),
        &[
            "POST /sms/3/messages",
            "authorization: App key",
            r#""sender":"12380""#,
            r#""to":"8613900000001""#,
            "/sms/main/status/s?ref=",
        ],
    ),
    (
        "aliyun",
        "path_secret = \"s\"\naccess_key_id = \"id\"\naccess_key_secret = \"sec\"\nsign_name = \"登闻\"\ntemplate_code = \"SMS_1\"\napi_url = \"VENDOR\"",
        (200, r#"{"Code":"OK","BizId":"9^0","RequestId":"r","Message":"OK"}"#),
        &[
            "POST /?OutId=",
            "PhoneNumbers=13900000001",
            "TemplateCode=SMS_1",
            "TemplateParam=%7B%22p1%22%3A%221234%22%2C%22p2%22%3A%225678%22",
            "x-acs-action: SendSms",
            "authorization: ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;x-acs-action;",
        ],
    ),
    (
        "tencent",
        "path_secret = \"s\"\nsecret_id = \"id\"\nsecret_key = \"sec\"\nsdk_app_id = \"14\"\nsign_name = \"登闻\"\ntemplate_id = \"7\"\napi_url = \"VENDOR\"",
        (
            200,
            r#"{"Response":{"SendStatusSet":[{"SerialNo":"5:1","Code":"Ok","Message":"send success"}],"RequestId":"r"}}"#,
        ),
        &[
            "POST /",
            "x-tc-action: SendSms",
            r#""PhoneNumberSet":["+8613900000001"]"#,
            r#""TemplateParamSet":["1234","5678","9012","3456","7890"]"#,
            "authorization: TC3-HMAC-SHA256 Credential=id/2026-03-01/",
        ],
    ),
    (
        "huawei",
        "push_ak = \"a\"\npush_sk = \"b\"\napp_key = \"ak\"\napp_secret = \"as\"\nfrom = \"1069\"\ntemplate_id = \"7\"\napi_url = \"VENDOR\"",
        (200, r#"{"code":"000000","result":[{"smsMsgId":"hw-1","status":"000000"}]}"#),
        &[
            "POST /sms/batchSendSms/v1",
            "to=%2B8613900000001",
            "templateParas=%5B%221234%22%2C%225678%22",
            "authorization: SDK-HMAC-SHA256 Access=ak, SignedHeaders=content-type;host;x-sdk-date, Signature=",
        ],
    ),
    (
        "kannel",
        "path_secret = \"s\"\nusername = \"u\"\npassword = \"p\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (202, "0: Accepted for delivery"),
        &[
            "GET /cgi-bin/sendsms?username=u&password=p",
            "to=%2B8613900000001",
            "coding=2",
            "charset=UTF-8",
            "dlr-mask=31",
        ],
    ),
    (
        "jasmin",
        "path_secret = \"s\"\nusername = \"u\"\npassword = \"p\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (200, "Success \"07033084-5cfd-4812-90a4-e4d24ffb6e3d\""),
        &[
            "POST /send",
            "to=8613900000001",
            "coding=8",
            "hex-content=5df26536523000200031",
            "dlr=yes",
            "dlr-method=POST",
        ],
    ),
    (
        "android-sms-gateway",
        ANDROID,
        (202, r#"{"id":"a-1","state":"Pending"}"#),
        &[
            "POST /v1/messages",
            "authorization: Basic dTpw",
            r#""phoneNumbers":["+8613900000001"]"#,
            r#""text":"已收到 1234""#,
        ],
    ),
    (
        "standard-webhooks",
        "signing_secret = \"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\nsend_secret = \"whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\"\nsend_url = \"VENDOR/out\"",
        (200, r#"{"id":"sw-1"}"#),
        &[
            "POST /out",
            "webhook-id: ",
            "webhook-timestamp: 1772366400",
            "webhook-signature: v1,",
            r#""to":"+8613900000001""#,
        ],
    ),
];

/// The ids that the vendors gave in their documented answers above; Kannel gives none.
pub(crate) const IDS: &[(&str, &str)] = &[
    ("twilio", "SM1"),
    ("vonage", "0A1"),
    ("vonage-messages", "u-1"),
    ("plivo", "pu-1"),
    ("messagebird", "mb-1"),
    ("bird", "bird-1"),
    ("infobip", "ib-1"),
    ("aliyun", "9^0"),
    ("tencent", "5:1"),
    ("huawei", "hw-1"),
    ("kannel", ""),
    ("jasmin", "07033084-5cfd-4812-90a4-e4d24ffb6e3d"),
    ("android-sms-gateway", "a-1"),
    ("standard-webhooks", "sw-1"),
];
